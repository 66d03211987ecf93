import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { Recorded } from '#shared/model/facts.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal, journalMigrations, openDatabase, silentLog } from './index.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function open(path = ':memory:') {
  const clock = new FakeClock();
  const db = openDatabase(path, journalMigrations, () => clock.now());
  return { clock, db, journal: new Journal(db, clock, silentLog) };
}

function tempFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-'));
  folders.push(folder);
  return join(folder, 'test.db');
}

const arrived = (n: number) =>
  ({ type: 'call.arrived', callId: `call_${n}`, interactionId: `int_${n}`, ani: '1', dnis: '4001' }) as const;

describe('the journal', () => {
  it('J1 gives each fact its number and time when it is appended', () => {
    const { journal, clock } = open();
    const first = journal.append(arrived(1));
    clock.advance(5);
    const second = journal.append(arrived(2));
    expect([first.seq, second.seq, second.at - first.at]).toEqual([1, 2, 5]);
  });

  it('J2 commits the facts of one turn together and in order', async () => {
    const { journal } = open();
    const batches: (readonly Recorded[])[] = [];
    journal.subscribe((facts) => batches.push(facts));
    journal.append(arrived(1));
    journal.append(arrived(2));
    expect(batches).toEqual([]);
    await new Promise(setImmediate);
    expect(batches.map((batch) => batch.map((fact) => fact.seq))).toEqual([[1, 2]]);
    expect(journal.since(0).map((fact) => fact.seq)).toEqual([1, 2]);
    expect(journal.ofInteraction('int_2').map((fact) => fact.seq)).toEqual([2]);
  });

  it('J3 stores a fact and what is derived from it together or not at all', () => {
    const { journal, db } = open();
    db.file.exec('CREATE TABLE derived (seq INTEGER)');
    let broken = true;
    journal.project((fact) => {
      db.file.prepare('INSERT INTO derived VALUES (?)').run(fact.seq);
      if (broken) throw new Error('broken projection');
    });
    journal.append(arrived(1));
    journal.flush();
    const count = () => db.file.prepare('SELECT count(*) FROM derived').pluck().get();
    expect([journal.since(0).length, count(), journal.pending]).toEqual([0, 0, 1]);
    broken = false;
    journal.flush();
    expect([journal.since(0).length, count(), journal.pending]).toEqual([1, 1, 0]);
  });

  it('J4 goes on telling the others when one subscriber throws', () => {
    const { journal } = open();
    const seen: number[] = [];
    journal.subscribe(() => {
      throw new Error('bad subscriber');
    });
    const stop = journal.subscribe((facts) => seen.push(...facts.map((fact) => fact.seq)));
    journal.append(arrived(1));
    journal.flush();
    stop();
    journal.append(arrived(2));
    journal.flush();
    expect(seen).toEqual([1]);
  });

  it('J5 keeps facts while another program locks the file, and stores them in order afterwards', () => {
    const path = tempFile();
    const { journal, clock, db } = open(path);
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    journal.append(arrived(1));
    journal.flush();
    journal.append(arrived(2));
    expect(journal.pending).toBe(2);
    other.exec('ROLLBACK');
    clock.advance(1000);
    expect(journal.since(0).map((fact) => fact.seq)).toEqual([1, 2]);
    other.close();
    db.close();
  });

  it('goes on counting after a restart', () => {
    const path = tempFile();
    const first = open(path);
    first.journal.append(arrived(1));
    first.journal.flush();
    first.db.close();
    const second = open(path);
    expect(second.journal.append(arrived(2)).seq).toBe(2);
    second.db.close();
  });
});
