import { describe, expect, it } from 'vitest';
import { testKernel } from '../../tests/support/kernel.ts';
import { turns } from '../../tests/support/turns.ts';
import { LiveContacts } from './live.ts';
import type { InteractionRow } from './summary.ts';

const row = (id: string, more: Partial<InteractionRow> = {}): InteractionRow => ({
  n: 1,
  id,
  channel: 'call',
  direction: 'inbound',
  customer_id: null,
  agent_id: 'agent1',
  queue_id: null,
  started_at: 1,
  answered_at: null,
  ended_at: 2,
  end: 'caller-hung-up',
  disposition: null,
  recording_file: null,
  recording_ms: null,
  ani: '+1',
  dnis: '4001',
  notes: '',
  notes_rev: 0,
  ...more,
});
const contact = (interactionId: string) =>
  ({ interactionId, channel: 'call', direction: 'inbound', ani: '+1', dnis: '4001' }) as const;

describe('live contacts', () => {
  it('I5 keeps so many of the past and no more, the least recently used goes first', async () => {
    const { journal } = await testKernel();
    const loads: string[] = [];
    const live = new LiveContacts(
      journal,
      async (id) => {
        loads.push(id);
        return row(id);
      },
      2,
    );
    for (const id of ['a', 'b', 'a', 'c']) await live.load(id);
    expect(live.size).toBe(2);
    expect(live.peek('b')).toBeUndefined();
    expect(live.peek('a')).toBeDefined();
    expect(loads).toEqual(['a', 'b', 'c']);
  });

  it('I5 what is not stored yet is never forgotten, and goes once it is', async () => {
    const { journal } = await testKernel();
    const live = new LiveContacts(journal, async (id) => row(id), 1);
    const held = await live.load('a');
    if (!held) throw new Error('not held');
    journal.append({ type: 'interaction.noted', interactionId: 'a', agentId: 'agent1', rev: 1 });
    held.notes = 'n';
    for (const id of ['b', 'c']) live.restore(row(id));
    expect(live.peek('a')?.notes).toBe('n');
    await journal.flush();
    await live.load('d');
    expect(live.peek('a')).toBeUndefined();
    expect(live.size).toBe(1);
  });

  it('I5 contacts that are open or in wrap-up stay, however many there are and however long it takes', async () => {
    const { journal } = await testKernel();
    const live = new LiveContacts(journal, async (id) => row(id), 1);
    const work = { itemId: 'w', queueId: 'q', agentId: 'agent1' };
    for (const interactionId of ['a', 'b', 'c']) live.add(contact(interactionId), 1);
    expect(live.openCount).toBe(3);
    for (const interactionId of ['a', 'b']) {
      journal.append({ type: 'interaction.ended', interactionId, end: 'caller-hung-up' });
      journal.append({
        type: 'wrap-up.started',
        interactionId,
        ...work,
        channel: 'call',
        mode: 'mandatory',
        deadline: null,
      });
    }
    await journal.flush();
    const kept = await live.load('k');
    if (kept) live.keep(kept);
    for (const id of ['x', 'y']) await live.load(id);
    expect(['a', 'b', 'c', 'k', 'x', 'y'].filter((id) => live.peek(id))).toEqual(['a', 'b', 'c', 'k', 'y']);
    expect([live.openCount, live.isOpen('a'), live.isOpen('c')]).toEqual([1, false, true]);
    for (const interactionId of ['a', 'k']) journal.append({ type: 'wrap-up.ended', interactionId, ...work });
    await journal.flush();
    await live.load('z');
    expect(['a', 'b', 'c', 'k', 'z'].filter((id) => live.peek(id))).toEqual(['b', 'c', 'z']);
  });

  it('I3 follows facts as they are appended; an unknown contact is not kept', async () => {
    const { journal } = await testKernel();
    const live = new LiveContacts(journal, async (id) =>
      id === 'a' ? row(id, { ended_at: null }) : undefined,
    );
    expect(await live.load('ghost')).toBeUndefined();
    await live.load('a');
    journal.append({ type: 'interaction.assigned', interactionId: 'a', agentId: 'agent2' });
    journal.append({ type: 'interaction.ended', interactionId: 'a', end: 'failed' });
    expect(live.peek('a')).toMatchObject({ agentId: 'agent2', endedAt: 1_700_000_000_000, end: 'failed' });
    expect(live.size).toBe(1);
  });

  it('I5 two who ask for the same contact get the same, with what was told of it while it was read', async () => {
    const { journal } = await testKernel();
    let answer: (row: InteractionRow) => void = () => undefined;
    const asked: string[] = [];
    const live = new LiveContacts(journal, (id) => {
      asked.push(id);
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    journal.append({ type: 'interaction.assigned', interactionId: 'a', agentId: 'agent2' });
    const both = [live.load('a'), live.load('a')];
    await turns();
    expect(journal.pending).toBe(0); // the table is read once it has what was told before
    journal.append({
      type: 'interaction.disposed',
      interactionId: 'a',
      agentId: 'agent2',
      disposition: 'sale',
    });
    answer(row('a', { agent_id: 'agent2' }));
    const [one, other] = await Promise.all(both);
    expect(one).toBe(other);
    expect(one).toMatchObject({ agentId: 'agent2', disposition: 'sale' });
    expect(asked).toEqual(['a']);
  });
});
