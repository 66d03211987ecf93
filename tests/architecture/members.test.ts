import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/lib/run.ts';

/**
 * A member that TypeScript alone calls private or protected: members are hidden by `#`, which holds while running too.
 * A constructor has no such spelling, and may be `private` to leave the way in to its factory.
 */
const SOFT =
  /^\s*(?:(?:static|readonly|declare|abstract|override|async)\s+)*(?:private|protected)\s+(?!constructor\b)[\w#[*'"]/m;

const sources = (part: string): string[] =>
  readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => join(part, path));

describe('members', () => {
  it('that are hidden are hidden by #', () => {
    const files = ['shared', 'server', 'renderer', 'electron', 'scripts', 'tests'].flatMap(sources);
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((path) => SOFT.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });

  it.each([
    'private count = 0;',
    'private readonly calls = new Set();',
    'static private made = 0;',
    'private async send(): Promise<void> {}',
    'protected override end(): void {}',
    'private get size(): number {',
  ])('%s: planted, it is seen', (member) => {
    expect(SOFT.test(`class A {\n  ${member}\n}`)).toBe(true);
  });

  it.each([
    '#count = 0;',
    'readonly #calls = new Set();',
    'private constructor() {}',
    '/** Keeps private what is. */',
    "log('private matters');",
    'private: true,',
  ])('%s: no such member', (line) => {
    expect(SOFT.test(`class A {\n  ${line}\n}`)).toBe(false);
  });
});
