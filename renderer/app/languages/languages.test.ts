import { describe, expect, it } from 'vitest';
import { errorStatus } from '#shared/contract/errors.ts';
import { factSchema } from '#shared/model/facts.ts';
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
    const missing = factSchema.options
      .filter((fact) => 'interactionId' in fact.shape)
      .map((fact) => fact.shape.type.value)
      .filter((type) => !(type in en.facts));
    expect(missing).toEqual([]);
  });
});
