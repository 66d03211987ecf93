import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createIds, FakeClock, lockFolder } from './index.ts';

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

describe('the data folder', () => {
  it('is held by one program at a time', () => {
    const folder = tempFolder();
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(/another Cordboard is using the data folder/);
    release();
    lockFolder(folder)();
  });
});
