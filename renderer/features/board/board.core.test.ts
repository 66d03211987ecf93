import { describe, expect, it } from 'vitest';
import type { Board } from '#shared/contract/supervision.ts';
import { byUrgency, type Filter, inOrder, narrowed } from './board.core.ts';

type Agent = Board['agents'][number];

const agent = (id: string, state: Agent['state'], since = 0, hands: Agent['hands'] = []): Agent => ({
  id,
  name: id,
  state,
  since,
  reason: null,
  phones: 1,
  queue: null,
  next: null,
  hands,
});
const ids = (agents: Board['agents']) => agents.map(({ id }) => id);

describe('order', () => {
  it('B1: agents who do not respond stand first, offline ones last', () => {
    const sorted = byUrgency([agent('a', 'offline'), agent('b', 'idle'), agent('c', 'not-responding')]);
    expect(ids(sorted)).toEqual(['c', 'b', 'a']);
  });
  it('B2: within a state the longest comes first, and equal ones keep their order', () => {
    const sorted = byUrgency([agent('b', 'idle', 5), agent('c', 'idle', 1), agent('a', 'idle', 5)]);
    expect(ids(sorted)).toEqual(['c', 'a', 'b']);
  });
  it('B3: by name, or by time in state across all states', () => {
    const agents = [agent('b', 'idle', 1), agent('a', 'on-work', 5)];
    expect(ids(inOrder(agents, 'name'))).toEqual(['a', 'b']);
    expect(ids(inOrder(agents, 'since'))).toEqual(['b', 'a']);
    expect(ids(inOrder(agents, 'urgency'))).toEqual(['a', 'b']);
  });
});

describe('filters', () => {
  const all: Filter = { search: '', queue: '', state: '', hideOffline: false };
  const hand = { channel: 'call', queue: { id: 'sales', name: 'Sales' }, phase: 'work', since: 0 } as const;
  const agents = [agent('Anna', 'offline'), agent('Bo', 'idle'), agent('Cy', 'on-work', 0, [hand])];
  const nobody = () => false;

  it('B4: offline agents are left out, unless it is them that are asked for', () => {
    expect(ids(narrowed(agents, { ...all, hideOffline: true }, nobody))).toEqual(['Bo', 'Cy']);
    expect(ids(narrowed(agents, { ...all, hideOffline: true, state: 'offline' }, nobody))).toEqual(['Anna']);
  });
  it('B5: a queue keeps those who serve it and those who have its work', () => {
    const serves = (id: string, queue: string) => id === 'Bo' && queue === 'sales';
    expect(ids(narrowed(agents, { ...all, queue: 'sales' }, serves))).toEqual(['Bo', 'Cy']);
    expect(ids(narrowed(agents, { ...all, queue: 'billing' }, serves))).toEqual([]);
  });
  it('B6: part of a name is enough, in any case', () => {
    expect(ids(narrowed(agents, { ...all, search: ' AN ' }, nobody))).toEqual(['Anna']);
  });
});
