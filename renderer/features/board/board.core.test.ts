import { expect, it } from 'vitest';
import type { Board } from '#shared/contract/views.ts';
import { byUrgency } from './board.core.ts';

const agent = (id: string, state: Board['agents'][number]['state'], since = 0) => ({
  id,
  name: id,
  state,
  since,
  reason: null,
  phones: 1,
  queue: null,
});

it('B1: agents who do not respond stand first, offline ones last', () => {
  const sorted = byUrgency([agent('a', 'offline'), agent('b', 'idle'), agent('c', 'not-responding')]);
  expect(sorted.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
});
it('B2: within a state the longest comes first, and equal ones keep their order', () => {
  const sorted = byUrgency([agent('b', 'idle', 5), agent('c', 'idle', 1), agent('a', 'idle', 5)]);
  expect(sorted.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
});
