import { afterEach, describe, expect, it } from 'vitest';
import { testKernel } from '../tests/support/kernel.ts';
import { tellDesks } from './desk-updates.ts';

let stop = (): void => {};
afterEach(() => stop());

/** An agent of the queue `support`, whose desk is open. */
function desks() {
  const kernel = testKernel();
  const told = { boards: 0, desks: [] as string[], lists: 0 };
  const agent = { id: 'agent1', queues: [{ queueId: 'support', tier: 1 }] };
  const updates = tellDesks(
    kernel,
    { agents: () => [agent as unknown as ReturnType<Parameters<typeof tellDesks>[1]['agents']>[number]] },
    {
      connected: () => true,
      deskChanged: (id) => void told.desks.push(id),
      listsChanged: () => {
        told.lists += 1;
      },
      boardChanged: () => {
        told.boards += 1;
      },
      socketCount: () => 1,
    },
  );
  stop = updates.stop;
  return { ...kernel, told, updates };
}

describe('what desks and boards are told', () => {
  it('an agent’s desk follows the facts about it, the board all of them', () => {
    const { journal, told } = desks();
    journal.append({ type: 'agent.presence', agentId: 'agent1', presence: 'available' });
    journal.flush();
    expect(told).toEqual({ boards: 1, desks: ['agent1'], lists: 0 });
  });

  it('the counts of a queue reach its agents after a second, once for many facts', () => {
    const { journal, clock, told } = desks();
    const work = { itemId: 'i1', interactionId: 'c1', queueId: 'support' };
    journal.append({ type: 'work.arrived', ...work, channel: 'call', priority: 0 });
    journal.append({ type: 'work.ended', ...work, end: 'abandoned' });
    journal.flush();
    expect(told.desks).toEqual([]);
    clock.advance(1_000);
    expect(told.desks).toEqual(['agent1']);
  });

  it('R25 the board is renewed at each whole minute: queues open and close by the clock', () => {
    const { clock, told, updates } = desks();
    const toMinute = 60_000 - (clock.now() % 60_000);
    clock.advance(toMinute - 1);
    expect(told.boards).toBe(0);
    clock.advance(1);
    expect(told.boards).toBe(1);
    clock.advance(60_000);
    expect(told.boards).toBe(2);
    updates.stop();
    clock.advance(600_000);
    expect(told.boards).toBe(2);
  });
});
