import { afterEach, describe, expect, it } from 'vitest';
import {
  type Centre,
  differing,
  examine,
  REBUILDING,
  type RebuildOptions,
  rebuild,
} from '#server/keeping/index.ts';
import {
  DatabaseRefused,
  DatabaseUnavailable,
  type Db,
  Journal,
  openDatabase,
  type Projection,
  silentLog,
  statements,
  systemClock,
} from '#server/kernel/index.ts';
import { derive, migrations, projections } from '#server/rooms.ts';
import { onEachDatabase } from '../kits/databases/index.ts';
import { rebuildDays } from '../kits/keeping/days.ts';
import { furnish, now, Places, schema, sumsOf, tamper, withDatabase } from '../kits/keeping/places.ts';
import { projectedTables, unequal } from '../kits/keeping/tables.ts';
import { figures, full, seed, timeFor } from '../support/proof.ts';

/** A sample; `npm run proof -- rebuild` lives through many more. */
const LIVES = full ? 60 : 3;
const DAYS = full ? 5 : 2;

const places = new Places();
afterEach(() => places.clear());

const reader = (db: Db) => new Journal(db, systemClock, silentLog, { epoch: 0, seq: 0 });
const again = (db: Db, more: Partial<RebuildOptions> = {}) =>
  rebuild(db, reader(db), { projections, derive, ...more });

onEachDatabase('a rebuild', (dialect) => {
  it(
    'KE4 after random days every projected table is the same, byte by byte',
    async () => {
      const chance = Math.trunc(Math.random() * 1e9);
      console.info(`a rebuild after days of seed ${chance}`);
      const seeds = [chance, ...Array.from({ length: LIVES - 1 }, (_, i) => seed + i)];
      const told = { facts: 0, contacts: 0 };
      const kinds = new Set<string>();
      for (const one of seeds) {
        const days = await rebuildDays(one, DAYS, dialect);
        told.facts += days.facts;
        told.contacts += days.rows.interaction ?? 0;
        for (const kind of Object.keys(days.kinds)) kinds.add(kind);
      }
      figures(
        `rebuild on ${dialect}: ${seeds.length} x ${DAYS} days, ${told.contacts} contacts, ${told.facts} facts of ${kinds.size} kinds`,
      );
      expect(told.contacts).toBeGreaterThan(LIVES * DAYS);
      expect([...kinds]).toEqual(expect.arrayContaining(['offer.ended', 'call.bridged', 'wrap-up.ended']));
    },
    timeFor(90_000),
  );

  describe('of a centre', () => {
    let centre: Centre;
    let before: Awaited<ReturnType<typeof projectedTables>>;
    const furnished = async (): Promise<void> => {
      centre = await places.empty(dialect);
      await furnish(centre);
      before = await withDatabase(centre, projectedTables);
    };

    it('KE4 mends what had gone wrong, touches nobody’s words, and is content twice', async () => {
      await furnished();
      await tamper(
        centre,
        `UPDATE interaction SET "end" = 'wrong', agent_id = NULL WHERE n % 2 = 0; DELETE FROM interaction WHERE n % 5 = 0;
         DELETE FROM open_item; UPDATE seat_count SET handled = 99; DELETE FROM customer_contact`,
      );
      const wrong = await sumsOf(centre);
      const done = await withDatabase(centre, (db) => again(db));
      expect(done).toMatchObject({ refused: 0, tables: Object.keys(before) });
      expect(unequal(before, await withDatabase(centre, projectedTables))).toEqual([]);
      const touched = differing(wrong, await sumsOf(centre));
      expect(touched).toEqual(['customer_contact', 'interaction', 'open_item', 'seat_count']);
      await withDatabase(centre, (db) => again(db));
      expect(unequal(before, await withDatabase(centre, projectedTables))).toEqual([]);
      expect((await examine(centre, schema)).filter(({ ok }) => !ok)).toEqual([]);
    });

    it('KE4 KE6 broken off, nobody can open the data until it is run again', async () => {
      await furnished();
      await withDatabase(centre, async (db) => {
        let writes = 0;
        const failing: Db = {
          ...db,
          async write(ops) {
            writes += 1;
            if (writes > 2) throw new DatabaseUnavailable('the disk is full', { cause: undefined });
            return db.write(ops);
          },
        };
        await expect(again(failing)).rejects.toThrow('the disk is full');
      });
      const open = (resumes?: string) => openDatabase(centre.database, migrations, now, resumes);
      await expect(open()).rejects.toThrow(DatabaseRefused);
      await expect(open()).rejects.toThrow('run npm run rebuild again');
      await expect(open('another tool')).rejects.toThrow('run npm run rebuild again');
      const db = await open(REBUILDING);
      await again(db).finally(() => db.close());
      expect(unequal(before, await withDatabase(centre, projectedTables))).toEqual([]);
    });

    it('KE4 is refused when something would be lost, and does it when told so', async () => {
      await furnished();
      await tamper(
        centre,
        `UPDATE journal SET type = 'moon.rose' WHERE type = 'interaction.noted' AND seq < 400;
         DELETE FROM journal WHERE seq = (SELECT min(seq) FROM journal WHERE type = 'interaction.opened')`,
      );
      await withDatabase(centre, async (db) => {
        const refused = again(db);
        await expect(refused).rejects.toThrow(DatabaseRefused);
        await expect(refused).rejects.toThrow(
          /^a rebuild would lose 1 contacts that stand in no journal, what was made of \d+ facts \(moon\.rose unknown[^)]*\)/,
        );
        expect(unequal(before, await projectedTables(db))).toEqual([]);
        await again(db, { force: true });
        const left = await projectedTables(db);
        expect(left.interaction).toHaveLength((before.interaction?.length ?? 0) - 1);
      });
    });

    it('J6 KE4 what could never be stored is passed over, now as then', async () => {
      await furnished();
      const statement = statements<{ interaction: { nothing: number } }>();
      const hopeless = statement((q) => q.insertInto('interaction').values({ nothing: 1 }));
      let asked = 0;
      const breaking: Projection = {
        tables: [],
        project: ({ type }) => (type === 'call.held' && ++asked > 0 ? [hopeless()] : []),
      };
      await withDatabase(centre, async (db) => {
        const { refused } = await again(db, { projections: [...projections, breaking] });
        expect([refused, refused > 0]).toEqual([asked, true]);
        expect(unequal(before, await projectedTables(db))).toEqual([]);
      });
    });
  });
});
