import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { problemSchema } from '#shared/contract/kit.ts';
import { type RunningApi, startApi } from '../support/api.ts';
import { runs, timeFor } from '../support/proof.ts';

/** Text that tends to break things: control characters, path tricks, half escapes, very long. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '..',
    '../..',
    '%2e%2e%2f',
    '%00',
    '%',
    '%E0%A4%A',
    '\u0000',
    "'; DROP TABLE user; --",
    '__proto__',
    '{"$gt": ""}',
    '-1',
    '1e309',
    '9007199254740993',
    'x'.repeat(3000),
  ),
);
const paths = Object.values(endpoints).map(({ method, path }) => ({ method, path }));
const request = fc.record({
  endpoint: fc.constantFrom(...paths, { method: 'GET', path: '/api/interactions/:id/recording' } as const),
  id: nasty,
  query: fc.dictionary(
    fc.constantFrom('limit', 'cursor', 'search', 'from', 'to', 'customer', 'x', '__proto__'),
    nasty,
  ),
  body: fc.option(fc.oneof(fc.json(), nasty), { nil: undefined }),
  type: fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-16', ''),
  token: fc.constantFrom('', 'x', 'agent1', 'admin1'),
});

describe('the HTTP interface, given anything', () => {
  let api: RunningApi;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    api = await startApi();
    for (const name of ['agent1', 'admin1']) tokens[name] = (await api.signIn(name)).token;
  });
  afterAll(() => api.stop());

  it(
    'answers every request with what its contract allows, or a problem with a code: never 500, never a stack',
    async () => {
      await fc.assert(
        fc.asyncProperty(request, async ({ endpoint, id, query, body, type, token }) => {
          if (endpoint.path === '/api/session') return; // guessing passwords is what the lock-out is for
          const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
          const response = await api.api.app.inject({
            method: endpoint.method,
            url: `${endpoint.path.replace(':id', encodeURIComponent(id).replace(/%25/g, '%'))}?${pairs.join('&')}`,
            headers: {
              ...(type ? { 'content-type': type } : {}),
              ...(token ? { authorization: `Bearer ${tokens[token] ?? token}` } : {}),
            },
            ...(body === undefined || endpoint.method === 'GET' ? {} : { payload: body }),
          });
          expect(response.statusCode).toBeLessThan(500);
          expect(response.body).not.toMatch(/\n\s+at |node_modules|SQLITE_/);
          if (response.statusCode >= 400) problemSchema.parse(response.json());
        }),
        runs(400),
      );
    },
    timeFor(60_000),
  );
});
