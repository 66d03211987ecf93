import { readdirSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Centre, differing, examine, move, type Schema } from '#server/keeping/index.ts';
import { DatabaseRefused, type Dialect, portable } from '#server/kernel/index.ts';
import { migrations } from '#server/rooms.ts';
import { endpoints } from '#shared/contract/index.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { dialects } from '../kits/databases/index.ts';
import {
  type Furnished,
  furnish,
  now,
  Places,
  schema,
  sumsOf,
  tamper,
  withDatabase,
} from '../kits/keeping/places.ts';
import { startApp } from '../support/app.ts';

const places = new Places();
const others = new Places();
afterEach(() => others.clear());

type Place = Centre & { readonly folder: string };

/** What people find there by words, once a server runs on it, and that it takes what is new. */
async function livesOn(place: Place, { note }: Furnished): Promise<void> {
  const { database } = place;
  const app = await startApp({
    seed: 'demo',
    dataDir: place.folder,
    env: database.kind === 'postgres' ? { DATABASE_URL: database.url } : {},
  });
  const admin = await DeskClient.signIn(app.url, 'admin1', 'demo');
  const contacts = await admin.request(endpoints.listInteractions, { query: { search: note } });
  expect(contacts.items.map(({ notes }) => notes)).toEqual([expect.stringContaining(note)]);
  const customers = await admin.request(endpoints.listCustomers, { query: { search: 'Li Wei' } });
  expect(customers.items.map(({ name }) => name)).toContain('Li Wei');
  const body = { name: 'Somebody New', phone: '+14155550188' };
  const added = await admin.request(endpoints.createCustomer, { body });
  const found = await admin.request(endpoints.listCustomers, { query: { search: '55550188' } });
  expect(found.items.map(({ id }) => id)).toEqual([added.id]);
  await app.stop();
}

describe.skipIf(!dialects.includes('postgres'))('a move from one database to the other', () => {
  let centre: Place;
  let furnished: Furnished;
  beforeAll(async () => {
    centre = await places.empty('sqlite');
    furnished = await furnish(centre);
    return () => places.clear();
  });
  const moved = async (from: Centre, to: Dialect): Promise<Place> => {
    const place = await others.empty(to);
    await move(from.database, place.database, schema, now);
    return place;
  };

  it('KE3 KE7 there and back: the same by count and hash, and found by words in each', async () => {
    const there = await moved(centre, 'postgres');
    const sums = await sumsOf(centre);
    expect(Object.keys(sums).length).toBeGreaterThan(20);
    expect(differing(sums, await sumsOf(there))).toEqual([]);
    const back = await moved(there, 'sqlite');
    expect(differing(sums, await sumsOf(back))).toEqual([]);
    // The move leaves recordings where they are.
    for (const { database } of [there, back])
      expect(
        (await examine({ database, recordings: centre.recordings }, schema)).filter(({ ok }) => !ok),
      ).toEqual([]);
    await livesOn(there, furnished);
    await livesOn(back, furnished);
  });

  it('KE3 what PostgreSQL would not take is taken all the same: NUL bytes, any letter, numbers of any size', async () => {
    const odd = await moved(centre, 'sqlite');
    await tamper(
      odd.database.kind === 'sqlite' ? odd : centre,
      `UPDATE interaction_words SET notes = 'a' || char(0) || 'b 😀 '' " \\ ' || char(9, 10, 65533) || '中' WHERE notes <> '';
       UPDATE interaction SET recording_ms = 0.1 + 0.2, recording_file = 'x' WHERE n % 3 = 0;
       UPDATE interaction SET recording_ms = 1.7976931348623157e308 WHERE n % 6 = 0;
       UPDATE open_item SET boost = -1e-7;
       UPDATE customer SET city = NULL WHERE n = 1; UPDATE customer SET city = '' WHERE n = 2;
       UPDATE head SET beat = 9007199254740991;`,
    );
    const there = await moved(odd, 'postgres');
    expect(differing(await sumsOf(odd), await sumsOf(there))).toEqual([]);
    const back = await moved(there, 'sqlite');
    expect(differing(await sumsOf(there), await sumsOf(back))).toEqual([]);
  });

  it('KE3 is refused where something is already, and without a centre of this version; the target stays empty', async () => {
    const place = await others.empty('postgres');
    const refusal = (from: Centre, to: Centre, by: Schema = schema) =>
      move(from.database, to.database, by, now).then(
        () => 'moved',
        (error: unknown) => (error instanceof DatabaseRefused ? error.message : String(error)),
      );
    await tamper(place, 'CREATE TABLE of_others (id INTEGER)');
    expect(await refusal(centre, place)).toBe('this PostgreSQL database is not empty; make a new one');
    await tamper(place, 'DROP TABLE of_others');
    expect(await refusal(await others.empty('sqlite'), place)).toMatch(
      /^there is no centre: .* does not exist$/,
    );
    expect(await refusal(await others.empty('postgres'), place)).toBe('there is no centre in this database');
    const step = portable('people-99', 'ALTER TABLE disposition ADD COLUMN colour TEXT');
    const grown: Schema = { ...schema, migrations: [...migrations, step] };
    expect(await refusal(centre, place, grown)).toMatch(
      /^start this Cordboard once on the old database first/,
    );
    const later = await others.empty('sqlite');
    await move(centre.database, later.database, schema, now);
    await tamper(later, "INSERT INTO migration (name, at) VALUES ('people-99', 0)");
    expect(await refusal(later, place)).toBe('this data is of a newer Cordboard (people-99); use that one');
    expect(await refusal(centre, centre)).toMatch(/is there already; choose an empty folder$/);
    expect(await refusal(centre, place)).toBe('moved');
  });

  it('KE3 a copy that is not the same, or breaks off, is taken away again', async () => {
    const failing = (to: Place, derive: Schema['derive']) =>
      move(centre.database, to.database, { ...schema, derive }, now);
    for (const dialect of dialects) {
      const place = await others.empty(dialect);
      await expect(failing(place, () => Promise.reject(new Error('the lamp fell over')))).rejects.toThrow(
        'lamp',
      );
      expect(readdirSync(place.folder)).toEqual([]);
      await move(centre.database, place.database, schema, now);
      await withDatabase(place, async () => undefined); // it opens
    }
    // A table that takes a row and changes it.
    const place = await others.empty('sqlite');
    const meddling: Schema = {
      ...schema,
      migrations: [
        ...migrations,
        portable(
          'people-99',
          `CREATE TRIGGER meddle AFTER INSERT ON disposition
             BEGIN UPDATE disposition SET name = 'Meddled' WHERE id = new.id; END`,
        ),
      ],
    };
    const source = await others.empty('sqlite');
    await move(centre.database, source.database, schema, now);
    await tamper(source, "INSERT INTO migration (name, at) VALUES ('people-99', 0)");
    await expect(move(source.database, place.database, meddling, now)).rejects.toThrow(
      'the copy is not the same: disposition differ',
    );
    expect(readdirSync(place.folder)).toEqual([]);
  });
});
