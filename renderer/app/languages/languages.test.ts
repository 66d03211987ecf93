import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorStatus } from '#shared/contract/index.ts';
import { factDeclarations } from '#shared/model/facts/index.ts';
import { composeWords } from '#shared/words/compose.ts';
import { en } from './en.ts';
import { zhCN } from './zh-cn.ts';

function leaves(words: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    const here = path === '' ? key : `${path}/${key}`;
    if (typeof value === 'string') found.set(here, value);
    else for (const [k, v] of leaves(value as object, here)) found.set(k, v);
  }
  return found;
}
const english = leaves(en);
const chinese = leaves(zhCN);
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();

describe('language files', () => {
  it('L1: have exactly the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });
  it('L2: have no empty text', () => {
    for (const words of [english, chinese]) {
      expect([...words].filter(([, text]) => text.trim() === '')).toEqual([]);
    }
  });
  it('L3: fill in the same values in both languages', () => {
    const different = [...english].filter(
      ([key, text]) => holes(text).join() !== holes(chinese.get(key) ?? '').join(),
    );
    expect(different).toEqual([]);
  });
  it('L4: know every error code of the contract', () => {
    expect(Object.keys(errorStatus).filter((code) => !(code in en.errors))).toEqual([]);
  });
  it('L5: name every fact that belongs to an interaction', () => {
    const missing = factDeclarations
      .filter(({ schema }) => 'interactionId' in schema.shape)
      .map(({ type }) => type)
      .filter((type) => !(type in en.facts));
    expect(missing).toEqual([]);
  });
  it('L10: every room with words has both languages, and both are in use', () => {
    const words = new URL('../../../shared/words/', import.meta.url);
    const folders = readdirSync(words, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.length).toBeGreaterThan(5);
    for (const language of ['en', 'zh-cn']) {
      const composed = readFileSync(new URL(`${language}.ts`, import.meta.url), 'utf8');
      for (const { name } of folders) {
        expect([name, ...readdirSync(new URL(name, words))]).toContain(`${language}.ts`);
        expect(composed).toContain(`#shared/words/${name}/${language}.ts`);
      }
    }
  });
  it('L11: rooms share a section, and never have words for the same key of it', () => {
    expect(composeWords([{ errors: { a: 'A' } }, { errors: { b: 'B' }, call: { a: 'A' } }])).toEqual({
      errors: { a: 'A', b: 'B' },
      call: { a: 'A' },
    });
    expect(() => composeWords([{ errors: { a: 'A' } }, { errors: { a: 'A' } }])).toThrow(
      'a is declared twice',
    );
  });
});
