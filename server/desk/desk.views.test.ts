import { describe, expect, it } from 'vitest';
import { workItemViewSchema } from '#shared/contract/routing.ts';
import { boardSchema } from '#shared/contract/supervision.ts';
import { settle, testCentre, testQueue } from '../../tests/support/centre.ts';
import { serves } from '../../tests/support/serves.ts';
import { boardView, type DeskSources, workList } from './desk.views.ts';

async function centre() {
  const made = await testCentre(2, { ...testQueue, targetMs: 30_000 });
  const sources: DeskSources = { ...made, phones: () => 1, journal: made.kernel.journal };
  return { ...made, sources };
}

describe('the work list', () => {
  it('D4 says who waits, best first, what they ask for and why nobody has them', async () => {
    const { routing, sources, dial, clock } = await centre();
    await routing.setSkill({ id: 'chinese', name: '中文' }, 'system');
    for (const id of ['agent1', 'agent2']) routing.setPresence(id, 'not-ready', 'lunch');
    dial('4001', '+14155550101');
    await settle();
    clock.advance(4_000);
    await routing.setQueue({ ...testQueue, targetMs: 30_000, skills: { chinese: 2 } }, 'system');
    routing.enqueue({
      id: 'mail-1',
      interactionId: 'int-mail',
      channel: 'email',
      queueId: 'support',
      priority: 1,
      preferred: { agentId: 'agent2', holdMs: 60_000 },
    });
    const list = await workList(sources, { queueIds: ['support'], limit: 10 });
    for (const item of list) workItemViewSchema.parse(item);
    expect(list).toMatchObject([
      {
        itemId: 'mail-1',
        position: 1,
        why: 'held',
        number: '',
        customer: null,
        heldFor: { id: 'agent2', name: 'Agent 2', until: clock.now() + 60_000 },
      },
      {
        position: 2,
        why: 'no-skill',
        number: '+14155550101',
        queue: { id: 'support', name: 'Support' },
        skills: [{ id: 'chinese', name: '中文', level: 2 }],
        arrivedAt: clock.now() - 4_000,
        agents: { skills: 2 },
        heldFor: null,
        changesAt: null,
      },
    ]);
    expect(await workList(sources, { userId: 'agent1', limit: 1 })).toEqual(list.slice(0, 1));
    expect(await workList(sources, { userId: 'nobody', limit: 10 })).toEqual([]);
  });
});

describe('the board', () => {
  it('D1 shows what agents have in hand and choose next, and queues open or closed', async () => {
    const { routing, sources, dial, sip, clock } = await centre();
    await serves(routing, 'agent2', []);
    dial();
    await settle();
    sip.phoneCalls[0]?.answer();
    await settle();
    routing.setPresence('agent1', 'not-ready', 'lunch');
    await routing.setQueue({ ...testQueue, closed: true }, 'system');
    const board = boardSchema.parse({ ...boardView(sources), rev: 1, epoch: 'e', now: clock.now() });
    expect(board.queues).toMatchObject([
      { id: 'support', open: false, ewtMs: null, ewtError: { biasMs: 0, samples: 1 } },
    ]);
    expect(board.agents).toMatchObject([
      {
        id: 'agent1',
        state: 'on-work',
        next: 'not-ready',
        queue: { id: 'support', name: 'Support' },
        hands: [{ channel: 'call', phase: 'work', queue: { id: 'support' } }],
      },
      { id: 'agent2', state: 'idle', next: null, queue: null, hands: [] },
    ]);
  });
});
