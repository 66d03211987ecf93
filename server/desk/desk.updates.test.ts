import { afterEach, describe, expect, it } from 'vitest';
import { DatabaseUnavailable, type Db, Journal, silentLog } from '#server/kernel/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { turns } from '../../tests/support/turns.ts';
import { tellDesks } from './desk.updates.ts';

let stop = (): void => {};
afterEach(() => stop());

/** An agent of the queue `support`, whose desk is open, and a database that can be told to fail. */
async function desks() {
  const kernel = await testKernel();
  const broken = { now: false };
  const db: Db = {
    ...kernel.db,
    write: async (ops) => {
      if (broken.now) throw new DatabaseUnavailable('locked', { cause: undefined });
      return kernel.db.write(ops);
    },
  };
  const journal = new Journal(db, kernel.clock, silentLog, { epoch: 1, seq: 0 });
  const told = { boards: 0, desks: [] as string[], lists: 0 };
  const agent = { id: 'agent1', queues: [{ queueId: 'support', tier: 1 }] };
  const updates = tellDesks(
    { journal, clock: kernel.clock },
    { agents: () => [agent as unknown as ReturnType<Parameters<typeof tellDesks>[1]['agents']>[number]] },
    {
      connected: () => true,
      changed: (topic, id) => {
        if (topic === 'board') told.boards += 1;
        else told.desks.push(id ?? '');
      },
      changedForAll: (topic) => void told.desks.push(`all ${topic}s`),
      listsChanged: () => {
        told.lists += 1;
      },
      socketCount: () => 1,
    },
  );
  stop = updates.stop;
  return { clock: kernel.clock, journal, told, updates, broken };
}

describe('what desks and boards are told', () => {
  it('D1 an agent’s desk follows the facts about it, the board all of them, before they are stored', async () => {
    const { journal, told, broken } = await desks();
    broken.now = true;
    journal.append({ type: 'agent.presence', agentId: 'agent1', presence: 'available' });
    expect(told).toEqual({ boards: 1, desks: ['agent1'], lists: 0 });
  });

  it('D1 the counts of a queue reach its agents after a second, once for many facts', async () => {
    const { journal, clock, told } = await desks();
    const work = { itemId: 'i1', interactionId: 'c1', queueId: 'support' };
    journal.append({ type: 'work.arrived', ...work, channel: 'call', priority: 0 });
    journal.append({ type: 'work.ended', ...work, end: 'abandoned' });
    expect(told.desks).toEqual([]);
    clock.advance(1_000);
    expect(told.desks).toEqual(['agent1']);
  });

  it('D2 R25 the board is renewed at each whole minute: queues open and close by the clock', async () => {
    const { clock, told, updates } = await desks();
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

  it('D3 everybody is told when the database stops taking writes, and when it takes them again', async () => {
    const { journal, clock, told, broken } = await desks();
    broken.now = true;
    journal.append({ type: 'agent.presence', agentId: 'agent1', presence: 'available' });
    await turns();
    expect(told.desks).toEqual(['agent1', 'all desks']);
    broken.now = false;
    clock.advance(1_000);
    await turns();
    expect(told.desks).toEqual(['agent1', 'all desks', 'all desks']);
  });
});
