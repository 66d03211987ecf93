import { describe, expect, it } from 'vitest';
import { testKernel } from '../../tests/support/kernel.ts';
import { createLive, type Held } from './live.ts';

const fresh = (): Held => ({
  agentId: 'agent1',
  endedAt: null,
  notes: '',
  rev: 0,
  disposition: null,
  seq: 0,
});

describe('live interactions', () => {
  it('I5 keeps so many and no more, the least recently used goes first', () => {
    const { journal } = testKernel();
    const loads: string[] = [];
    const live = createLive(
      journal,
      (id) => {
        loads.push(id);
        return fresh();
      },
      2,
    );
    for (const id of ['a', 'b', 'a', 'c']) live.get(id);
    expect(live.size).toBe(2);
    expect(live.peek('b')).toBeUndefined();
    expect(live.peek('a')).toBeDefined();
    expect(loads).toEqual(['a', 'b', 'c']);
  });

  it('I5 what is not committed yet is never forgotten, and goes once it is', () => {
    const { journal } = testKernel();
    const live = createLive(journal, fresh, 1);
    const held = live.get('a');
    if (!held) throw new Error('not held');
    held.seq = journal.append({
      type: 'interaction.noted',
      interactionId: 'a',
      agentId: 'agent1',
      notes: 'n',
      rev: 1,
    }).seq;
    held.notes = 'n';
    for (const id of ['b', 'c']) live.get(id);
    expect(live.peek('a')?.notes).toBe('n');
    journal.flush();
    live.get('d');
    expect(live.peek('a')).toBeUndefined();
    expect(live.size).toBe(1);
  });

  it('I3 follows committed facts of others; an unknown interaction is not kept', () => {
    const { journal } = testKernel();
    const live = createLive(journal, (id) => (id === 'a' ? fresh() : undefined));
    expect(live.get('ghost')).toBeUndefined();
    live.get('a');
    journal.append({ type: 'interaction.assigned', interactionId: 'a', agentId: 'agent2' });
    journal.append({ type: 'interaction.ended', interactionId: 'a', end: 'caller-hung-up' });
    expect(live.peek('a')).toMatchObject({ agentId: 'agent1', endedAt: null });
    journal.flush();
    expect(live.peek('a')).toMatchObject({ agentId: 'agent2', endedAt: 1_700_000_000_000 });
    expect(live.size).toBe(1);
  });
});
