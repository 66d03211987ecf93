import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backup, type Centre, differing, examine, restore, type Schema } from '#server/keeping/index.ts';
import { DatabaseRefused, type Dialect, openDatabase, portable } from '#server/kernel/index.ts';
import { migrations } from '#server/rooms.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { Recorded } from '#shared/model/facts/index.ts';
import { tone } from '../../scripts/phone/speech.ts';
import { dialects, onEachDatabase } from '../kits/databases/index.ts';
import { type Furnished, furnish, now, Places, schema, sumsOf, withKernel } from '../kits/keeping/places.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

const places = new Places();
const others = new Places();
afterEach(() => others.clear());

/** A server on the data of this centre. */
const serve = (centre: Centre & { folder: string }, seed: 'small' | 'demo'): Promise<RunningApp> =>
  startApp({
    seed,
    dataDir: centre.folder,
    env: centre.database.kind === 'postgres' ? { DATABASE_URL: centre.database.url } : {},
  });

const trouble = async (centre: Centre) => (await examine(centre, schema)).filter(({ ok }) => !ok);

const journalOf = (centre: Centre): Promise<Recorded[]> =>
  withKernel(centre, async ({ journal }) => {
    const facts: Recorded[] = [];
    for await (const batch of journal.all(5_000)) facts.push(...batch);
    return facts;
  });

onEachDatabase('a backup', (dialect) => {
  let centre: Centre & { folder: string };
  let furnished: Furnished;
  /** With recordings. */
  let file: string;
  beforeAll(async () => {
    centre = await places.empty(dialect);
    furnished = await furnish(centre);
    file = join(places.folder(), 'centre.backup');
    await backup(centre, schema, file, { recordings: true, now: 7 });
    return () => places.clear();
  });
  const restored = async (into: Dialect = dialect): Promise<Centre & { folder: string }> => {
    const place = await others.empty(into);
    await restore(file, place, schema, now);
    return place;
  };

  it('KE1 is one file that only its owner may read, with recordings when they are asked for', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, '..'))).toEqual(['centre.backup']);
    const without = join(others.folder(), 'folder/small.backup');
    const done = await backup(centre, schema, without, { recordings: false, now: 7 });
    expect(done).toMatchObject({ files: 0, bytes: statSync(without).size });
    expect(gunzipSync(readFileSync(file)).length - gunzipSync(readFileSync(without)).length).toBeGreaterThan(
      1_000_000,
    );
  });

  it('KE1 a backup that is broken off leaves no file, and the one before it', async () => {
    const folder = others.folder();
    const target = join(folder, 'centre.backup');
    const stop = new AbortController();
    const running = backup(centre, schema, target, { recordings: true, now: 7, signal: stop.signal });
    const broken = expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await eventually(() => readdirSync(folder).length > 0, 'it has begun');
    expect(readdirSync(folder)).not.toContain('centre.backup');
    stop.abort();
    await broken;
    expect(readdirSync(folder)).toEqual([]);

    writeFileSync(target, 'of yesterday');
    const again = backup(centre, schema, target, { recordings: true, now: 7, signal: AbortSignal.abort() });
    await expect(again).rejects.toMatchObject({ name: 'AbortError' });
    expect([readdirSync(folder), readFileSync(target, 'utf8')]).toEqual([['centre.backup'], 'of yesterday']);
  });

  it('KE1 is of one moment while the server goes on, with the recordings that began before it', async () => {
    const busy = await others.empty(dialect);
    const app = await serve(busy, 'small');
    const agent = await app.agent();
    const talk = async () => {
      const caller = await app.dial();
      const phone = await agent.answer();
      caller.rtp.say(tone(440));
      await eventually(() => phone.rtp.packets > 60, 'a second of talk');
      return caller;
    };
    await (await talk()).hangUp();
    await agent.finish();
    await app.lastEnded();
    const going = await talk();
    const { journal } = app.app.kernel;
    await eventually(() => app.app.interactions.openCount() === 1, 'in mid-call');

    let over = false;
    const writes = (async () => {
      for (let i = 0; !over; i++) {
        const interactionId = `int_busy${i}`;
        app.app.interactions.open({
          interactionId,
          channel: 'task',
          direction: 'internal',
          ani: `${i}`,
          dnis: '',
        });
        await journal.record({ type: 'interaction.ended', interactionId, end: 'agent-hung-up' });
      }
    })();
    await eventually(() => journal.storedSeq > 100, 'facts are being stored');
    const before = journal.storedSeq;
    const target = join(others.folder(), 'busy.backup');
    await backup(busy, schema, target, { recordings: true, now: 7 });
    const after = journal.storedSeq;
    over = true;
    await writes;
    await going.hangUp();
    await agent.finish();
    await app.stop();

    const place = await others.empty(dialect);
    expect(await restore(target, place, schema, now)).toMatchObject({ files: 2 });
    expect(await trouble(place)).toEqual([]);
    const [copied, whole] = [await journalOf(place), await journalOf(busy)];
    expect(copied).toEqual(whole.slice(0, copied.length));
    const last = copied.at(-1)?.seq ?? 0;
    expect([last >= before, last < after]).toEqual([true, true]);

    // What was being recorded is mended by the server that starts there.
    const there = await serve(place, 'small');
    const recordings = (await there.history()).filter(({ hasRecording }) => hasRecording);
    expect(recordings.map(({ recordingMs }) => (recordingMs ?? 0) > 500)).toEqual([true, true]);
    expect(recordings[0]?.end).toBe('server-restart');
    await there.stop();
    expect(await trouble(place)).toEqual([]);
  });

  it('KE1 there must be a centre', async () => {
    const folder = others.folder();
    const refused = backup(await others.empty(dialect), schema, join(folder, 'x'), {
      recordings: true,
      now: 7,
    });
    await expect(refused).rejects.toThrow(/^there is no centre/);
    await expect(refused).rejects.toThrow(DatabaseRefused);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('KE2 KE7 is restored the same by count and hash, with its recordings, and found by its words', async () => {
    const place = await restored();
    expect(differing(await sumsOf(centre), await sumsOf(place))).toEqual([]);
    expect(await trouble(place)).toEqual([]);
    const sound = (of: Centre) => readFileSync(join(of.recordings, furnished.file));
    expect(sound(place).equals(sound(centre))).toBe(true);

    const app = await serve(place, 'demo');
    const { DeskClient } = await import('../../scripts/traffic/desk.ts');
    const admin = await DeskClient.signIn(app.url, 'admin1', 'demo');
    const { items } = await admin.request(endpoints.listInteractions, { query: { search: furnished.note } });
    expect(items.map(({ notes }) => notes)).toEqual([expect.stringContaining(furnished.note)]);
    const [someone] = (await admin.request(endpoints.listCustomers, { query: {} })).items;
    const found = await admin.request(endpoints.listCustomers, { query: { search: someone?.name ?? '' } });
    expect(found.items.map(({ id }) => id)).toContain(someone?.id);
    const added = await admin.request(endpoints.createCustomer, { body: { name: 'Somebody New' } });
    expect(added.name).toBe('Somebody New'); // keys that count by themselves go on
    await app.stop();
  });

  it('KE2 goes into the other database as well', async () => {
    const other = dialects.find((one) => one !== dialect);
    const place = await restored(other);
    expect(differing(await sumsOf(centre), await sumsOf(place))).toEqual([]);
  });

  it('KE2 KE6 nobody can open a place that is not full yet', async () => {
    const place = await others.empty(dialect);
    let met: unknown;
    const looking: Schema = {
      ...schema,
      async derive(db) {
        await schema.derive(db);
        const { database } = place;
        const address = database.kind === 'postgres' ? { ...database, alone: false } : database;
        met = await openDatabase(address, migrations, now).catch((error: unknown) => error);
      },
    };
    await restore(file, place, looking, now);
    expect(met).toBeInstanceOf(DatabaseRefused);
    expect(String(met)).toContain('only half there');
    expect(await trouble(place)).toEqual([]);
  });

  it('KE2 is refused where something is already, and nothing is touched', async () => {
    const place = await restored();
    const before = await sumsOf(place);
    await expect(restore(file, place, schema, now)).rejects.toThrow(DatabaseRefused);
    const { recordings } = await others.empty(dialect);
    const elsewhere = { ...place, recordings };
    await expect(restore(file, elsewhere, schema, now)).rejects.toThrow(
      dialect === 'sqlite' ? 'is there already; choose an empty folder' : 'is not empty; make a new one',
    );
    const used = { ...(await others.empty(dialect)), recordings: place.recordings };
    await expect(restore(file, used, schema, now)).rejects.toThrow(
      'is not empty; restore into a new DATA_DIR',
    );
    expect(differing(before, await sumsOf(place))).toEqual([]);
    expect(existsSync(recordings)).toBe(false);
  });

  describe('KE2 is refused in one line, and the place is empty again:', () => {
    const lines = () => gunzipSync(readFileSync(file)).toString().split('\n');
    const packed = (text: readonly string[]) => gzipSync(text.join('\n'));
    const changed = (from: RegExp, to: string) => () => {
      const text = lines().join('\n');
      expect(text.search(from)).toBeGreaterThanOrEqual(0);
      return gzipSync(text.replace(from, to));
    };
    const whole = () => readFileSync(file);
    const bad: readonly [what: string, content: () => Buffer, words: string | RegExp][] = [
      ['nothing at all', () => Buffer.alloc(0), 'is no backup of Cordboard'],
      ['a text', () => Buffer.from('Dear Sir'), 'is no backup of Cordboard'],
      ['another packed file', () => gzipSync('Dear Sir\nor Madam\n'), 'is no backup of Cordboard'],
      ['packed JSON of others', () => gzipSync('{"name":"x"}\n[1]\n'), 'is no backup of Cordboard'],
      ['a newer form', changed(/\{"cordboard":1/, '{"cordboard":2'), 'is of a newer Cordboard (form 2)'],
      [
        'newer tables',
        changed(/"migrations":\[/, '"migrations":["people-99",'),
        'newer Cordboard (people-99)',
      ],
      ['one that is cut off', () => whole().subarray(0, whole().length >> 1), 'is damaged or cut off'],
      ['one that lacks its last byte', () => whole().subarray(0, -1), 'is damaged or cut off'],
      ['a bit that fell over', () => flipped(whole()), 'is damaged or cut off'],
      ['no end', () => packed([...lines().slice(0, -2), '']), 'its end is missing'],
      ['a row less', changed(/\{"id":"resolved"[^}]*\},?/, ''), 'disposition differ'],
      ['another word', changed(/promised a senior/, 'promised no senior'), 'interaction_words differ'],
      [
        'a table of others',
        changed(/\{"table":"user"\}/, '{"table":"sqlite_master"}'),
        'is damaged or cut off',
      ],
      ['a column of others', changed(/"username":/, '"nickname":'), 'is damaged or cut off'],
      ['a value of others', changed(/"username":"agent1"/, '"username":{"a":1}'), 'is damaged or cut off'],
      ['another sound', changed(/"c291bmRz/, '"c291bmRt'), 'its recordings are not those'],
      ['a file elsewhere', changed(/\{"file":"2026/, '{"file":"../2026'), 'outside of its folder'],
    ];
    it.each(bad)('%s', async (_, content, words) => {
      const place = await others.empty(dialect);
      const wrong = join(others.folder(), 'wrong.backup');
      writeFileSync(wrong, content());
      const refused = restore(wrong, place, schema, now);
      await expect(refused).rejects.toThrow(DatabaseRefused);
      await expect(refused).rejects.toThrow(words);
      const message = String(await refused.catch((error: unknown) => error));
      expect([message.split('\n').length, message.includes(wrong)]).toEqual([1, true]);
      expect(readdirSync(place.folder)).toEqual([]);
      await restore(file, place, schema, now); // it can be used
    });

    it('a file that is not there, and a folder', async () => {
      const place = await others.empty(dialect);
      await expect(restore('/nowhere/x', place, schema, now)).rejects.toThrow('there is no file /nowhere/x');
      await expect(restore(place.folder, place, schema, now)).rejects.toThrow('is no backup of Cordboard');
    });
  });

  it('KE2 one of older tables is restored with them, and brought up to this version', async () => {
    const place = await others.empty(dialect);
    const grown: Schema = {
      ...schema,
      migrations: [...migrations, portable('people-99', 'ALTER TABLE disposition ADD COLUMN colour TEXT')],
    };
    await restore(file, place, grown, now);
    expect(readdirSync(place.folder).filter((name) => name.includes('.before-'))).toEqual([]);
    await expect(openDatabase(place.database, migrations, now)).rejects.toThrow(
      'newer Cordboard (people-99)',
    );
    const target = join(others.folder(), 'newer.backup');
    await expect(backup(place, schema, target, { recordings: false, now: 7 })).rejects.toThrow('people-99');
  });
});

function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 4;
  return copy;
}
