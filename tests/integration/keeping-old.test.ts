import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backup, type Centre, differing, examine, move, rebuild, restore } from '#server/keeping/index.ts';
import { Journal, silentLog, systemClock } from '#server/kernel/index.ts';
import { derive, projections } from '#server/rooms.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { InteractionSummary } from '#shared/contract/interactions.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { dialects } from '../kits/databases/index.ts';
import { now, Places, schema, sumsOf, withDatabase } from '../kits/keeping/places.ts';
import { projectedTables, unequal } from '../kits/keeping/tables.ts';
import { TestAgent } from '../support/agent.ts';
import { type RunningApp, startApp } from '../support/app.ts';

/** See tests/fixtures/README.md. */
const FIXTURE = new URL('../fixtures/centre-1.db.gz', import.meta.url);

/** A contact as the version of then kept it. */
interface OldContact {
  readonly id: string;
  readonly ani: string;
  readonly dnis: string;
  readonly notes: string;
  readonly customer_id: string | null;
  readonly agent_id: string | null;
  readonly queue_id: string | null;
  readonly started_at: number;
  readonly answered_at: number | null;
  readonly ended_at: number | null;
  readonly end: string | null;
  readonly disposition: string | null;
  readonly recording_file: string | null;
  readonly recording_ms: number | null;
}

const places = new Places();

describe('a data folder of the version before facts had versions', () => {
  let centre: Centre & { readonly folder: string };
  let path: string;
  /** As the version of then had them, newest first. */
  let then: OldContact[];
  let app: RunningApp;
  let admin: DeskClient;

  const start = async (): Promise<void> => {
    app = await startApp({ seed: 'demo', dataDir: centre.folder });
    admin = await DeskClient.signIn(app.url, 'admin1', 'demo');
  };
  const history = async (query: object = {}): Promise<readonly InteractionSummary[]> =>
    (await admin.request(endpoints.listInteractions, { query: { limit: 200, ...query } })).items;

  beforeAll(async () => {
    centre = await places.empty('sqlite');
    path = join(centre.folder, 'cordboard.db');
    writeFileSync(path, gunzipSync(readFileSync(FIXTURE)));
    const file = new Sqlite(path);
    then = file.prepare<[], OldContact>('SELECT * FROM interaction ORDER BY n DESC').all();
    file.close();
    for (const { recording_file } of then)
      if (recording_file !== null) {
        mkdirSync(dirname(join(centre.recordings, recording_file)), { recursive: true });
        writeFileSync(join(centre.recordings, recording_file), 'sound');
      }
    await start();
  });
  afterAll(async () => {
    await app.stop();
    places.clear();
  });

  it('is opened, and a copy of it as it was is kept', () => {
    const copies = readdirSync(centre.folder).filter((name) => name.startsWith('cordboard.db.before-'));
    expect(copies).toHaveLength(1);
  });

  it('shows the same history: numbers, notes, customers, agents, times, ends and dispositions', async () => {
    expect(then).toHaveLength(127);
    const shown = (await history()).map((contact) => ({
      id: contact.id,
      ani: contact.ani,
      dnis: contact.dnis,
      notes: contact.notes,
      customer_id: contact.customer?.id ?? null,
      agent_id: contact.agent?.id ?? null,
      queue_id: contact.queue?.id ?? null,
      started_at: contact.startedAt,
      answered_at: contact.answeredAt,
      ended_at: contact.endedAt,
      end: contact.end,
      disposition: contact.disposition?.id ?? null,
      recorded: contact.hasRecording,
      recording_ms: contact.recordingMs,
    }));
    expect(shown).toEqual(
      then.map(({ id, ani, dnis, notes, ...one }) => ({
        id,
        ani,
        dnis,
        notes,
        customer_id: one.customer_id,
        agent_id: one.agent_id,
        queue_id: one.queue_id,
        started_at: one.started_at,
        answered_at: one.answered_at,
        ended_at: one.ended_at,
        end: one.end,
        disposition: one.disposition,
        recorded: one.recording_ms !== null,
        recording_ms: one.recording_ms,
      })),
    );
  });

  it('finds contacts and customers by their words, at once', async () => {
    const found = async (search: string) => (await history({ search })).map(({ ani }) => ani);
    expect(await found('zanzibarite')).toEqual(['+14155550131']);
    expect(await found('发票，quetzalcoatl')).toEqual(['+14155550132']);
    expect(await found('Sandquist')).toEqual(['+14155550131']);
    const customers = await admin.request(endpoints.listCustomers, { query: { search: 'wilhelm' } });
    expect(customers.items.map(({ name }) => name)).toEqual(['Wilhelmina Sandquist']);
  });

  it('tells what happened in a call, without the keys that were pressed', async () => {
    const [talked] = await history({ search: 'zanzibarite' });
    const { timeline, disposition, notes } = await admin.request(endpoints.getInteraction, {
      params: { id: talked?.id ?? '' },
    });
    expect({ disposition: disposition?.name, notes }).toEqual({
      disposition: 'Solved at once',
      notes: 'Zanzibarite door jams on the third floor. Part ordered.',
    });
    const kinds = timeline.map(({ type }) => type);
    expect(kinds).toEqual(expect.arrayContaining(['call.arrived', 'call.held', 'interaction.disposed']));
    expect(kinds).not.toContain('call.digit');
  });

  it('has the settings that were set', async () => {
    const set = await admin.request(endpoints.routing);
    expect(set.queues.map(({ id, name }) => [id, name])).toEqual([
      ['support', 'Technical help'],
      ['sales', 'Sales'],
      ['billing', 'Billing'],
    ]);
    expect(set.skills).toEqual(
      expect.arrayContaining([
        { id: 'technical', name: 'Lifts and doors' },
        { id: 'french', name: 'French' },
      ]),
    );
    expect(set.reasons.at(-1)).toEqual({ id: 'stock', name: 'Taking stock' });
    const keys = Object.fromEntries(set.dispositions.map(({ key, name }) => [key, name]));
    expect([keys[1], keys[7]]).toEqual(['Solved at once', 'Given to the second line']);
    expect(set.dispositions.some(({ id }) => id === 'no-sale')).toBe(false);
    expect(set.agents.find(({ id }) => id === 'agent3')).toMatchObject({
      profileId: 'support-sales',
      skills: { english: 4, french: 2, technical: 5 },
      rank: 3,
    });
    expect(set.agents).toHaveLength(12);
  });

  it('R17 lets agents go on where they were', () => {
    const { routing } = app.app;
    expect(routing.agent('agent1')).toMatchObject({ presence: 'not-ready', reason: 'stock' });
    expect(routing.agent('agent12')).toMatchObject({ presence: 'not-ready', reason: 'lunch' });
    expect(routing.agent('agent3')).toMatchObject({ presence: 'offline' });
    expect(routing.agent('agent8')).toMatchObject({
      state: 'wrap-up',
      hands: [{ channel: 'call', queueId: 'sales' }],
    });
  });

  it('K11 calls back whom it promised to, in turn', async () => {
    const { routing } = app.app;
    // The second had been moved to sales, whose rule sends who waits for two minutes to support.
    const waiting = routing.waiting(['support'], 10).map(({ channel, score }) => [channel, score.boost]);
    expect(waiting).toEqual([
      ['callback', 120],
      ['callback', 0],
    ]);
    const agent = await TestAgent.start(app, 'agent4', { available: false });
    await agent.setPresence('available');
    expect(await agent.offer()).toMatchObject({ channel: 'callback', number: '+14155550177' });
    await agent.client.command('offer.decline', { offerId: agent.desk.offer?.offerId ?? '' });
    await agent.close();
  });

  describe('once it is stopped', () => {
    let before: Awaited<ReturnType<typeof projectedTables>>;
    beforeAll(async () => {
      await app.stop();
      before = await withDatabase(centre, projectedTables);
    });

    it('has no words of people in its facts, and nothing of what went out in its free pages', async () => {
      expect(readdirSync(centre.folder)).not.toContain('cordboard.db-wal');
      const file = new Sqlite(path, { readonly: true });
      const facts = file.prepare<[], string>('SELECT data FROM journal').pluck().all().join('\n');
      const words = file
        .prepare<[], { ani: string; notes: string }>('SELECT ani, notes FROM interaction_words')
        .all();
      const names = file.prepare<[], string>('SELECT name FROM customer').pluck().all();
      const said = [...words.flatMap(({ ani, notes }) => [ani, notes]), ...names].filter(
        (text) => text !== '',
      );
      expect(said.length).toBeGreaterThan(200);
      expect(said.filter((text) => facts.includes(text))).toEqual([]);
      for (const key of ['"digit"', '"notes"', '"ani"', '"dnis"', '"attributes"', '"uri"'])
        expect([key, facts.includes(key)]).toEqual([key, false]);
      expect(file.pragma('freelist_count', { simple: true })).toBe(0);
      file.close();
      // What stood in facts and tables stands in its table alone.
      const bytes = readFileSync(path).toString('latin1');
      const times = (text: string) => bytes.split(text).length - 1;
      expect(['Zanzibarite', '+14155550133', 'call.digit'].map(times)).toEqual([1, 1, 0]);
    });

    it('KE5 the doctor is content: gaps of keys that went out are no gaps', async () => {
      const findings = await examine(centre, schema);
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(findings).toHaveLength(12);
    });

    it('KE4 a rebuild gives the same bytes, of the past below zero too', async () => {
      const { facts } = await withDatabase(centre, (db) => {
        const reader = new Journal(db, systemClock, silentLog, { epoch: 0, seq: 0 });
        return rebuild(db, reader, { projections, derive });
      });
      expect(facts).toBeGreaterThan(2_000);
      expect(unequal(before, await withDatabase(centre, projectedTables))).toEqual([]);
    });

    it('KE1 KE2 a backup of it is restored elsewhere, the same', async () => {
      const file = join(places.folder(), 'centre.backup');
      await backup(centre, schema, file, { recordings: true, now: 7 });
      const place = await places.empty('sqlite');
      expect(await restore(file, place, schema, now)).toMatchObject({ files: 3 });
      expect(differing(await sumsOf(centre), await sumsOf(place))).toEqual([]);
      expect((await examine(place, schema)).filter(({ ok }) => !ok)).toEqual([]);
    });

    it.skipIf(!dialects.includes('postgres'))(
      'KE3 moves to PostgreSQL and back, the same, and shows the same history there',
      async () => {
        const there = await places.empty('postgres');
        await move(centre.database, there.database, schema, now);
        const back = await places.empty('sqlite');
        await move(there.database, back.database, schema, now);
        const sums = await sumsOf(centre);
        expect(differing(sums, await sumsOf(there))).toEqual([]);
        expect(differing(sums, await sumsOf(back))).toEqual([]);
        expect(unequal(before, await withDatabase(there, projectedTables))).toEqual([]);
        if (there.database.kind !== 'postgres') throw new Error('unreachable');
        app = await startApp({
          seed: 'demo',
          dataDir: centre.folder,
          env: { DATABASE_URL: there.database.url },
        });
        admin = await DeskClient.signIn(app.url, 'admin1', 'demo');
        expect((await history()).map(({ id, notes }) => [id, notes])).toEqual(
          then.map(({ id, notes }) => [id, notes]),
        );
        expect((await history({ search: 'zanzibarite' })).map(({ ani }) => ani)).toEqual(['+14155550131']);
        expect(app.app.routing.waiting(['support', 'sales'], 10)).toHaveLength(2);
      },
    );
  });
});
