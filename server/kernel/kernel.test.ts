import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createIds, FakeClock, lockFolder, openDatabase } from './index.ts';

const folders: string[] = [];
const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('ids', () => {
  it('sort in the order they were made, even when the clock goes back', () => {
    let now = 1_000;
    const ids = createIds(
      () => now,
      (n) => new Uint8Array(n).fill(7),
    );
    const made = [ids.next('call'), ids.next('call')];
    now = 500;
    made.push(ids.next('call'));
    now = 2_000;
    made.push(ids.next('call'));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(4);
    expect(made[0]).toMatch(/^call_[0-9a-z]{26}$/);
  });
});

describe('the fake clock', () => {
  it('runs what falls due in order of time, and not what was cancelled', () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b@${clock.now()}`));
    clock.after(10, () => {
      seen.push(`a@${clock.now()}`);
      clock.after(5, () => seen.push(`c@${clock.now()}`));
    });
    clock.after(12, () => seen.push('never')).cancel();
    clock.advance(30);
    expect(seen).toEqual(['a@10', 'c@15', 'b@20']);
    expect([clock.now(), clock.pending]).toEqual([30, 0]);
  });
});

describe('the database', () => {
  const one = { name: 'room-1', sql: 'CREATE TABLE thing (id INTEGER) STRICT' };
  const two = { name: 'room-2', sql: 'ALTER TABLE thing ADD COLUMN name TEXT' };

  it('runs each migration once, and keeps a copy of the file before changing one that exists', () => {
    const folder = tempFolder();
    const path = join(folder, 'cordboard.db');
    openDatabase(path, [one], () => 0).close();
    const backups = () => readdirSync(folder).filter((name) => name.includes('.before-'));
    openDatabase(path, [one], () => 0).close();
    expect(backups()).toEqual([]);
    const db = openDatabase(path, [one, two], () => 0);
    db.file.prepare('INSERT INTO thing (id, name) VALUES (1, ?)').run('x');
    db.close();
    expect(backups()).toHaveLength(1);
    const old = openDatabase(join(folder, backups()[0] ?? ''), [], () => 0);
    expect(() => old.file.prepare('SELECT name FROM thing')).toThrow(/no such column/);
    old.close();
  });

  it('undoes every step when one of them fails', () => {
    const path = join(tempFolder(), 'cordboard.db');
    expect(() => openDatabase(path, [one, { name: 'room-2', sql: 'NOT SQL' }], () => 0)).toThrow(
      /syntax error/,
    );
    openDatabase(path, [one], () => 0).close();
  });

  it('is held by one program at a time', () => {
    const folder = tempFolder();
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(/another Cordboard is using the data folder/);
    release();
    lockFolder(folder)();
  });
});
