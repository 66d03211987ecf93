import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#shared/contract/app-error.ts';
import { endpoints, errorStatus } from '#shared/contract/index.ts';
import { openApi } from './openapi.core.ts';
import { sameOrigin } from './origin.core.ts';
import { toFailure } from './problems.ts';
import { parseRange } from './range.core.ts';

describe('byte ranges', () => {
  it('A10 whatever is asked, the answer lies within the file', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.option(fc.nat(300)), fc.option(fc.nat(300))).map(([a, b]) => `bytes=${a ?? ''}-${b ?? ''}`),
    );
    fc.assert(
      fc.property(header, fc.nat(250), (text, size) => {
        const range = parseRange(text, size);
        if (typeof range === 'string') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThanOrEqual(range.end);
        expect(range.end).toBeLessThan(size);
      }),
    );
  });

  it.each([
    [undefined, 'all'],
    ['bytes=-', 'all'],
    ['bytes=3-2', 'all'],
    ['bytes=10-', 'none'],
    ['bytes=99999999999999999999-', 'none'],
    ['bytes=-99', { start: 0, end: 9 }],
    ['BYTES=2-4', { start: 2, end: 4 }],
    ['bytes=9-', { start: 9, end: 9 }],
  ])('A10 %s of ten bytes is %j', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });
});

describe('same origin', () => {
  it.each([
    [{}, true],
    [{ origin: 'http://desk.example:8080' }, true],
    [{ origin: 'https://DESK.example:8080' }, true],
    [{ origin: 'http://desk.example' }, false],
    [{ origin: 'http://desk.example:8080.evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://desk.example:8080' }, false],
    [{ 'sec-fetch-site': ['same-origin', 'cross-site'] }, false],
  ])('A6 %j is ours: %s', (headers, expected) => {
    expect(sameOrigin(headers, 'Desk.example:8080')).toBe(expected);
  });
});

describe('problems', () => {
  it('A5 an expected failure keeps its code, status and details', () => {
    for (const code of Object.keys(errorStatus) as (keyof typeof errorStatus)[])
      expect(toFailure(new AppError(code, 'words', { a: 1 }))).toEqual({
        status: errorStatus[code],
        problem: { code, message: 'words', details: { a: 1 } },
        bug: code === 'internal',
      });
  });

  it.each([
    new Error('secret'),
    'secret',
    undefined,
    { code: 'not-found' },
    Object.assign(new Error('x'), { statusCode: 599 }),
  ])('A5 anything else is internal, without its words (%#)', (thrown) => {
    const { status, problem, bug } = toFailure(thrown);
    expect([status, problem.code, bug]).toEqual([500, 'internal', true]);
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('A4 the framework’s own refusals become ours', () => {
    const refusal = Object.assign(new Error('theirs'), { statusCode: 431, code: 'FST_X' });
    expect(toFailure(refusal).problem).toEqual({
      code: 'bad-request',
      message: 'The request cannot be understood.',
    });
  });
});

describe('the OpenAPI document', () => {
  it('A14 holds every endpoint once, is plain JSON, and each reference in it leads somewhere', () => {
    const document = openApi('1.2.3');
    const text = JSON.stringify(document);
    expect(JSON.parse(text)).toEqual(document);
    for (const id of Object.keys(endpoints)) expect(text.split(`"operationId":"${id}"`)).toHaveLength(2);
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = path
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect(target, path).toBeDefined();
    }
  });
});
