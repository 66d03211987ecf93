import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from './build.ts';

describe('fingerprint of sources', () => {
  let base = '';
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'cordboard-build-'));
    mkdirSync(join(base, 'src/deep'), { recursive: true });
    writeFileSync(join(base, 'src/a.ts'), 'a');
    writeFileSync(join(base, 'src/deep/b.ts'), 'b');
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));
  const now = () => fingerprint(base, ['src', 'lock.json']);

  it('stays while contents stay, whatever the file times say', () => {
    const before = now();
    utimesSync(join(base, 'src/a.ts'), 1, 1);
    expect(now()).toBe(before);
  });
  it('changes with a changed, a new, a renamed or a removed file, and with a file that appears', () => {
    const seen = new Set([now()]);
    writeFileSync(join(base, 'src/deep/b.ts'), 'c');
    seen.add(now());
    writeFileSync(join(base, 'src/c.ts'), '');
    seen.add(now());
    rmSync(join(base, 'src/a.ts'));
    seen.add(now());
    writeFileSync(join(base, 'lock.json'), '{}');
    seen.add(now());
    expect(seen.size).toBe(5);
  });
  it('does not change with a test', () => {
    const before = now();
    writeFileSync(join(base, 'src/a.test.ts'), 'x');
    expect(now()).toBe(before);
  });
});
