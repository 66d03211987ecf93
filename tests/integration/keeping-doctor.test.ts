import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backup, type Centre, differing, examine, restore } from '#server/keeping/index.ts';
import { DatabaseRefused } from '#server/kernel/index.ts';
import { onEachDatabase } from '../kits/databases/index.ts';
import { type Furnished, furnish, now, Places, schema, sumsOf, tamper } from '../kits/keeping/places.ts';

const places = new Places();
const others = new Places();
afterEach(() => others.clear());

type Place = Centre & { readonly folder: string };
const wrong = async (centre: Centre) =>
  (await examine(centre, schema))
    .filter(({ ok }) => !ok)
    .map(({ what, problem, cure }) => `${what}: ${problem} (${cure})`);

onEachDatabase('the doctor', (dialect) => {
  let furnished: Furnished;
  let file: string;
  let well: Place;
  beforeAll(async () => {
    well = await places.empty(dialect);
    furnished = await furnish(well);
    file = join(places.folder(), 'centre.backup');
    await backup(well, schema, file, { recordings: true, now: 7 });
    return () => places.clear();
  });
  /** A patient of its own. */
  const patient = async (): Promise<Place> => {
    const place = await others.empty(dialect);
    await restore(file, place, schema, now);
    return place;
  };
  const after = async (sql: string): Promise<string[]> => {
    const place = await patient();
    await tamper(place, sql);
    return wrong(place);
  };

  it('KE5 finds nothing in a centre that is well, and changes nothing', async () => {
    const before = await sumsOf(well);
    const files = readdirSync(well.folder);
    const findings = await examine(well, schema);
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ what }) => what)).toEqual([
      'the database is whole',
      'its tables are those of this Cordboard',
      'references lead somewhere',
      'the journal has its head and no gaps',
      'every fact can be read',
      'words belong to contacts',
      'contacts have their words',
      'contacts stand in the journal',
      'waiting work belongs to contacts',
      'words of waiting work belong to it',
      'recordings are where contacts say',
      'recordings belong to contacts',
    ]);
    expect(differing(before, await sumsOf(well))).toEqual([]);
    expect(readdirSync(well.folder)).toEqual(files);
  });

  const RESTORE = /\(restore the last backup/;
  const faults: readonly [what: string, sql: string, found: RegExp, cure: RegExp][] = [
    [
      'a fact that is missing',
      'DELETE FROM journal WHERE seq IN (20, 21, 40)',
      /^the journal .*: 3 facts are missing, the first is number 20 /,
      RESTORE,
    ],
    [
      'the first fact missing',
      'DELETE FROM journal WHERE seq = 1',
      /^the journal .*: 1 facts are missing, the first is number 1 /,
      RESTORE,
    ],
    [
      'a head that lies ahead',
      'UPDATE head SET seq = seq + 5',
      /^the journal .*: its head says \d+, its last fact is \d+ /,
      RESTORE,
    ],
    ['no head', 'DELETE FROM head', /^the journal .*: it has no head /, RESTORE],
    [
      'an unknown fact, one of a later form and one that is damaged',
      `UPDATE journal SET type = 'moon.rose' WHERE seq = 5; UPDATE journal SET version = 99 WHERE seq = 6;
       UPDATE journal SET data = '{"torn' WHERE seq = 7`,
      /^every fact can be read: 1 x moon\.rose .* \(first number 5\); 1 x .*number 6\); 1 x .*number 7\)/,
      /newer Cordboard may know them/,
    ],
    [
      'words without their contact',
      "INSERT INTO interaction_words (interaction_id, ani, dnis, notes, notes_rev) VALUES ('int_x', '1', '2', '', 0)",
      /^words belong to contacts: 1 are of no contact/,
      /npm run rebuild/,
    ],
    [
      'a contact without its words',
      'DELETE FROM interaction_words WHERE interaction_id IN (SELECT id FROM interaction ORDER BY n LIMIT 2)',
      /^contacts have their words: 2 have none/,
      RESTORE,
    ],
    [
      'a contact that no fact opened',
      "UPDATE interaction SET id = 'int_x' WHERE n = (SELECT max(n) FROM interaction); UPDATE interaction_words SET interaction_id = 'int_x' WHERE interaction_id NOT IN (SELECT id FROM interaction)",
      /^contacts stand in the journal: 1 do not; a rebuild would lose them/,
      RESTORE,
    ],
    [
      'work that waits for nobody',
      "UPDATE open_item SET interaction_id = 'int_x'",
      /^waiting work belongs to contacts: 1 are of nothing/,
      /npm run rebuild/,
    ],
    [
      'words of work that waits no more',
      'DELETE FROM open_item',
      /^words of waiting work belong to it: 1 are of nothing that waits/,
      /npm run rebuild/,
    ],
    [
      'a newer program',
      "INSERT INTO migration (name, at) VALUES ('people-99', 0)",
      /^its tables are those of this Cordboard: a newer one changed them \(people-99\)/,
      /use that one/,
    ],
    [
      'steps that did not run',
      "DELETE FROM migration WHERE name = 'ivr-2'",
      /^its tables are those of this Cordboard: they are older \(ivr-2 did not run\)/,
      /start this Cordboard once/,
    ],
    [
      'what was broken off',
      "INSERT INTO migration (name, at) VALUES ('unfinished: run it again', 0)",
      /^its tables are those of this Cordboard: run it again/,
      /./,
    ],
  ];
  it.each(faults)('KE5 finds %s, alone, and says a cure', async (_, sql, found, cure) => {
    const said = await after(sql);
    expect(said).toEqual([expect.stringMatching(found)]);
    expect(said[0]).toMatch(cure);
  });

  it('KE5 finds a recording that is gone, and one of nobody; not one that is being made', async () => {
    const place = await patient();
    const folder = join(place.recordings, '2026/05/06');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'int_now.wav'), '');
    writeFileSync(join(folder, 'int_now.wav.open'), '');
    expect(await wrong(place)).toEqual([]);
    rmSync(join(place.recordings, furnished.file));
    writeFileSync(join(folder, 'int_x.wav'), 'sound');
    expect(await wrong(place)).toEqual([
      expect.stringMatching(
        `^recordings are where contacts say: 1 are not there, the first is ${furnished.file} \\(restore a backup`,
      ),
      expect.stringMatching(
        /^recordings belong to contacts: 1 belong to none, the first is 2026\/05\/06\/int_x.wav \(nothing plays them/,
      ),
    ]);
  });

  it('KE5 wants a centre to look at', async () => {
    const nothing = examine(await others.empty(dialect), schema);
    await expect(nothing).rejects.toThrow(DatabaseRefused);
    await expect(nothing).rejects.toThrow(/^there is no centre/);
  });
});

describe('the doctor and a damaged file', () => {
  let centre: Place;
  beforeAll(async () => {
    centre = await places.empty('sqlite');
    await furnish(centre);
    return () => places.clear();
  });
  afterEach(() => others.clear());

  /** A copy with bytes of its own at the page of this table or index. */
  const damaged = async (name: string, bytes: Buffer, at = 0): Promise<Place> => {
    const place = await others.empty('sqlite');
    const { database } = place;
    if (database.kind !== 'sqlite' || centre.database.kind !== 'sqlite') throw new Error('a file is needed');
    writeFileSync(database.path, readFileSync(centre.database.path));
    const file = new Sqlite(database.path, { readonly: true });
    const page = file
      .prepare('SELECT rootpage FROM sqlite_master WHERE name = ?')
      .pluck()
      .get(name) as number;
    const size = file.pragma('page_size', { simple: true }) as number;
    file.close();
    const open = openSync(database.path, 'r+');
    writeSync(open, bytes, 0, bytes.length, (page - 1) * size + at);
    closeSync(open);
    return { ...place, recordings: centre.recordings };
  };

  it('KE5 finds a page that is torn, and says that a backup is needed', async () => {
    const [first, ...more] = await wrong(await damaged('journal', Buffer.alloc(2_000, 0x5a)));
    expect(first).toMatch(/^the database is whole: .+ \(restore the last backup\)$/);
    expect(more.every((one) => one.split('\n').length === 1)).toBe(true);
  });

  it('KE5 finds an index that does not fit its table', async () => {
    const place = await damaged('customer_name', Buffer.from('zzz'), 4_096 - 9);
    expect(await wrong(place)).toEqual([
      expect.stringMatching(
        /^the database is whole: row \d+ missing from index .*\(npm run backup, then npm run restore/,
      ),
    ]);
    const copy = join(others.folder(), 'copy.backup');
    await backup(place, schema, copy, { recordings: true, now: 7 });
    const mended = await others.empty('sqlite');
    await restore(copy, mended, schema, now);
    expect(await wrong(mended)).toEqual([]);
  });

  it('KE5 finds the very beginning torn: one line, not a stack', async () => {
    const place = await others.empty('sqlite');
    if (place.database.kind !== 'sqlite') throw new Error('a file is needed');
    writeFileSync(place.database.path, 'Dear Sir or Madam, '.repeat(500));
    await expect(examine(place, schema)).rejects.toThrow('is not a Cordboard database');
    expect(readdirSync(place.folder)).toEqual(['cordboard.db']);
  });
});
