import { describe, expect, it } from 'vitest';
import {
  fold,
  ftsQuery,
  indexed,
  indexText,
  matchesTerms,
  parseSearch,
  tsQuery,
} from './search-text.core.ts';

const finds = (text: string, typed: string): boolean =>
  matchesTerms(indexText(text, true), parseSearch(typed));

describe('search text', () => {
  it('CU4 accents, case, width and spacing do not count', () => {
    expect(fold('  José   ＭÜLLER ')).toBe('jose muller');
    expect(finds('José Müller', 'JOSE muller')).toBe(true);
  });

  it.each([
    ['李伟', '李'],
    ['李伟', '伟'],
    ['欧阳建国', '阳建'],
    ['海尔零售 Retail', '零售'],
    ['Johnson', 'hns'],
    ['Li Wei', 'wei li'],
    ['Li Wei', 'li w'],
    ['+14155550123', '415-555-01'],
    ['+14155550123', '(415) 555 0123'],
    ['+442079460000', '020 7946'],
    ['wei.li@example.com', 'wei.li@exam'],
    ["Nuala O'Brien", "o'bri"],
  ])('CU4 finds %s by %s', (text, typed) => {
    expect(finds(text, typed)).toBe(true);
  });

  it.each([
    ['李伟', '伟李'],
    ['Johnson', 'jhn'],
    ['Li Wei', 'li ming'],
    ['+14155550123', '41555502'],
  ])('CU4 does not find %s by %s', (text, typed) => {
    expect(finds(text, typed)).toBe(false);
  });

  it('CU4 punctuation alone is no search, and quotes cannot leave the query', () => {
    expect(parseSearch(' "*" ')).toEqual([]);
    expect(parseSearch('')).toEqual([]);
    expect(ftsQuery(parseSearch('a" OR "b* NEAR(x)'))).toBe('"or"* AND "near"*');
  });

  it('CU4 for PostgreSQL, ideographs side by side are indexed in pairs, and runs are found by them', () => {
    expect(indexed(indexText('欧阳建国 Bo 李', false))).toEqual({
      text: '欧 阳 建 国 bo 李',
      pairs: '欧阳 阳建 建国',
    });
    expect(indexed(indexText('Bo Li', false)).pairs).toBe('');
    expect(tsQuery(parseSearch('阳建国 李 wei'))).toBe("'阳建' & '建国' & '李' & 'wei':*");
  });

  it('CU4 nothing typed is read as the language of PostgreSQL', () => {
    expect(tsQuery(parseSearch("a' | 'b:* & !nobody"))).toBe("'nobody':*");
    expect(tsQuery([{ kind: 'token', text: "o'\\x" }])).toBe("'o''\\\\x'");
  });

  it('CU4 a long text is cut, not refused', () => {
    expect(parseSearch('ab '.repeat(500))).toHaveLength(8);
    expect(parseSearch('x'.repeat(500))[0]?.text).toHaveLength(40);
  });
});
