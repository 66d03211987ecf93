import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boardSchema } from '#shared/contract/supervision.ts';
import { profileDefaults } from '#shared/model/routing.ts';
import type { DeskClient } from '../../scripts/traffic/desk.ts';
import { eventually } from '../support/eventually.ts';
import { type Administration, queueBody, startAdministration } from './routing-kit.ts';

let admin: Administration;
let supervisor: DeskClient;
beforeEach(async () => {
  admin = await startAdministration({ agents: 2 });
  supervisor = await admin.desk('supervisor');
  await admin.put('/api/routing/profiles/one', profile('support'));
  for (const id of ['agent1', 'agent2'])
    expect(
      (await admin.put(`/api/routing/agents/${id}`, { profileId: 'one', skills: {}, rank: 1 })).status,
    ).toBe(200);
});
afterEach(async () => {
  await supervisor.close();
  await admin.centre.stop();
});

const profile = (...queues: string[]) => ({
  ...profileDefaults,
  name: 'One',
  queues: queues.map((queueId) => ({ queueId, tier: 1 })),
});
const numbers = (items: readonly { readonly number: string }[]): string[] =>
  items.map(({ number }) => number);
const codeOf = (done: Promise<unknown>): Promise<string | undefined> =>
  done.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

/** Callers who wait, in this order. */
async function callers(...anis: string[]): Promise<void> {
  for (const [i, ani] of anis.entries()) {
    await admin.centre.dial('4001', ani);
    await eventually(() => admin.centre.app.routing.queue('support')?.waiting === i + 1, `${ani} waits`);
  }
}
const A = '+14155550101';
const B = '+14155550102';
const C = '+14155550103';

describe('the work list of a supervisor', () => {
  it('A16 G11 moves and boosts waiting calls and sees the order change; the fact says so', async () => {
    await callers(A, B, C);
    const first = await admin.work('supervisor', '?queue=support');
    expect(numbers(first.items)).toEqual([A, B, C]);
    expect(first.items.map(({ position }) => position)).toEqual([1, 2, 3]);
    const itemOf = (ani: string) => first.items.find(({ number }) => number === ani)?.itemId ?? '';

    await supervisor.command('work.boost', { itemId: itemOf(C), boost: 5_000 });
    const boosted = await admin.work('supervisor', '?queue=support');
    expect(numbers(boosted.items)).toEqual([C, A, B]);
    expect(boosted.items[0]?.score.boost).toBe(5_000);
    await supervisor.command('work.boost', { itemId: itemOf(C), boost: 0 });
    expect(numbers((await admin.work('supervisor', '?queue=support')).items)).toEqual([A, B, C]);

    await supervisor.command('work.move', { itemId: itemOf(A), queue: 'billing' });
    expect(numbers((await admin.work('supervisor', '?queue=support')).items)).toEqual([B, C]);
    const moved = (await admin.work('supervisor', '?queue=billing')).items;
    expect(numbers(moved)).toEqual([A]);
    expect(moved[0]?.arrivedAt).toBe(first.items[0]?.arrivedAt);
    // A supervisor who serves no queue sees all of them, best first.
    expect(numbers((await admin.work('supervisor')).items)).toEqual([A, B, C]);
    expect(numbers((await admin.work('supervisor', '?limit=1')).items)).toEqual([A]);

    const { journal } = admin.centre.app.kernel;
    await journal.flush();
    const told = (await journal.since(0)).filter(
      ({ type }) => type === 'work.moved' || type === 'work.boosted',
    );
    expect(told.map(({ type }) => type)).toEqual(['work.boosted', 'work.boosted', 'work.moved']);
    expect(told.at(-1)).toMatchObject({ from: 'support', queueId: 'billing', why: 'moved' });
    // Both say who did it, in the history of the contact too.
    const supervisorId = admin.centre.app.people.userByName('super1')?.id;
    expect(told.map((fact) => 'by' in fact && fact.by)).toEqual([supervisorId, supervisorId, supervisorId]);
    const { timeline } = await admin.centre.interaction(first.items[0]?.interactionId ?? '');
    expect(timeline.find(({ type }) => type === 'work.moved')?.agent?.id).toBe(supervisorId);
  });

  it('G11 a moved call is offered where it now waits, and comes through', async () => {
    await callers(A);
    const [item] = (await admin.work('supervisor')).items;
    await admin.put('/api/routing/profiles/bills', profile('billing'));
    await admin.put('/api/routing/agents/agent2', { profileId: 'bills', skills: {}, rank: 1 });
    const agent = await admin.centre.agent('agent2');
    await supervisor.command('work.move', { itemId: item?.itemId ?? '', queue: 'billing' });
    expect((await agent.offer()).queue).toEqual({ id: 'billing', name: 'Billing' });
    await agent.answer();
    expect(await agent.work(({ phase }) => phase === 'talking', 'talking')).toMatchObject({
      queue: { id: 'billing' },
      number: A,
    });
    // In an agent's hands it is that agent's to transfer.
    const move = { itemId: item?.itemId ?? '', queue: 'support' };
    expect(await codeOf(supervisor.command('work.move', move))).toBe('conflict');
    expect(await codeOf(supervisor.command('work.boost', { itemId: move.itemId, boost: 1 }))).toBe(
      'conflict',
    );
  });

  it('G11 unknown work, queues and agents are refused, and nothing is changed', async () => {
    admin.enqueue('w1', 'support', { channel: 'chat' });
    const before = await admin.work('supervisor', '?queue=support');
    const w1 = { itemId: 'w1' };
    expect(await codeOf(supervisor.command('work.move', { itemId: 'w2', queue: 'billing' }))).toBe(
      'work.unknown',
    );
    expect(await codeOf(supervisor.command('work.boost', { itemId: 'w2', boost: 1 }))).toBe('work.unknown');
    expect(await codeOf(supervisor.command('work.move', { ...w1, queue: 'nowhere' }))).toBe('queue.unknown');
    expect(await codeOf(supervisor.command('work.move', { ...w1, queue: 'direct' }))).toBe('queue.unknown');
    for (const input of [
      {},
      { itemId: 'w1' },
      { itemId: 'w1', boost: 'much' },
      { itemId: ' ', boost: 1 },
      null,
    ])
      expect(await codeOf(supervisor.command('work.boost', input as never))).toBe('bad-request');
    expect(await codeOf(supervisor.command('work.boost', { ...w1, boost: 1_000_001 }))).toBe('bad-request');
    await admin.put('/api/routing/queues/shut', { ...queueBody, closed: true });
    await admin.put('/api/routing/queues/tiny', { ...queueBody, maxWaiting: 0 });
    expect(await codeOf(supervisor.command('work.move', { ...w1, queue: 'shut' }))).toBe('queue.closed');
    expect(await codeOf(supervisor.command('work.move', { ...w1, queue: 'tiny' }))).toBe('queue.full');
    const after = await admin.work('supervisor', '?queue=support');
    expect(after.items.map(({ itemId, queue, arrivedAt }) => [itemId, queue, arrivedAt])).toEqual(
      before.items.map(({ itemId, queue, arrivedAt }) => [itemId, queue, arrivedAt]),
    );
    const nobody = await admin.ask('GET', '/api/work?queue=nowhere', undefined, 'supervisor');
    expect([nobody.status, nobody.code]).toEqual([404, 'queue.unknown']);
    const direct = await admin.ask('GET', '/api/work?queue=direct', undefined, 'supervisor');
    expect([direct.status, direct.code]).toEqual([404, 'queue.unknown']);
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'queue=%20'])
      expect((await admin.ask('GET', `/api/work?${query}`)).status).toBe(400);
  });

  it('G11 changes an agent’s presence as the agent would: at once when idle, next while on work', async () => {
    const agent = await admin.centre.agent('agent1');
    const set = (presence: 'available' | 'not-ready' | 'offline', reason?: string) =>
      supervisor.command('agent.presence', { agentId: 'agent1', presence, ...(reason ? { reason } : {}) });
    const [reason] = admin.centre.app.routing.reasons();
    expect(await set('not-ready', reason?.id)).toEqual({ applied: 'now' });
    expect(await agent.until((desk) => desk.presence === 'not-ready', 'not ready')).toMatchObject({
      reason: reason?.id,
      state: 'not-ready',
    });
    expect(await set('available')).toEqual({ applied: 'now' });
    await admin.centre.dial('4001', A);
    await agent.answer();
    expect(await set('not-ready')).toEqual({ applied: 'next' });
    expect((await agent.until((desk) => desk.next !== null, 'a next state')).next?.presence).toBe(
      'not-ready',
    );
    expect(await codeOf(set('not-ready', 'no-such-reason'))).toBe('presence.reason-unknown');
    await agent.setPresence('available'); // takes it back
    const { journal } = admin.centre.app.kernel;
    await journal.flush();
    const told = (await journal.since(0)).flatMap((fact) =>
      (fact.type === 'agent.presence' || fact.type === 'agent.next') && fact.agentId === 'agent1'
        ? [[fact.presence, fact.by]]
        : [],
    );
    expect(told.slice(-4)).toEqual([
      ['not-ready', 'super1'],
      ['available', 'super1'],
      ['not-ready', 'super1'],
      [null, undefined],
    ]);
    const ask = (agentId: string) =>
      codeOf(supervisor.command('agent.presence', { agentId, presence: 'available' }));
    expect(await ask('nobody')).toBe('not-found');
    expect(await ask('super1')).toBe('presence.illegal');
  });
});

describe('the work list of an agent', () => {
  it('A16 shows why the calls of its queues wait, and of no others', async () => {
    const agent = await admin.centre.agent('agent1', { available: false });
    await agent.setPresence('not-ready');
    await callers(A);
    admin.enqueue('elsewhere', 'billing');
    const busy = await admin.work('agent');
    expect(numbers(busy.items)).toEqual([A]);
    expect(busy.items[0]).toMatchObject({
      channel: 'call',
      queue: { id: 'support', name: 'Support' },
      state: 'waiting',
      position: 1,
      why: 'all-not-ready',
      agents: { 'not-ready': 1, 'signed-out': 1 },
    });
    expect((await admin.work('agent', '?queue=support')).items).toHaveLength(1);
    const other = await admin.ask('GET', '/api/work?queue=billing', undefined, 'agent');
    expect([other.status, other.code]).toEqual([403, 'forbidden']);

    await admin.put('/api/routing/skills/welsh', { name: 'Welsh' });
    const { id: _, ...support } = admin.queue('support');
    const asking = { ...support, skills: { welsh: 3 } };
    expect((await admin.put('/api/routing/queues/support', asking)).status).toBe(200);
    await agent.setPresence('available');
    const item = async () => (await admin.work('agent')).items[0];
    await eventually(async () => (await item())?.why === 'no-skill', 'the list says so within a second');
    expect(await item()).toMatchObject({
      agents: { skills: 1, 'signed-out': 1 },
      skills: [{ id: 'welsh', name: 'Welsh', level: 3 }],
    });
    expect(agent.desk.offer).toBeNull();

    // Given the skill, the agent has it offered at once.
    const taught = { profileId: 'one', skills: { welsh: 4 }, rank: 1 };
    expect((await admin.put('/api/routing/agents/agent1', taught, 'supervisor')).status).toBe(200);
    expect((await agent.offer()).number).toBe(A);
    expect((await admin.work('supervisor')).items.map(({ itemId }) => itemId)).toEqual(['elsewhere']);
    await eventually(async () => (await item()) === undefined, 'nothing waits for the agent within a second');
  });
});

describe('changing what is set while work waits', () => {
  it('A17 a profile that takes up a queue takes its work at once', async () => {
    const agent = await admin.centre.agent('agent1');
    admin.enqueue('bill', 'billing', { channel: 'task' });
    expect((await admin.work('supervisor')).items[0]).toMatchObject({ itemId: 'bill', why: 'nobody-serves' });
    expect((await admin.put('/api/routing/profiles/one', profile('support', 'billing'))).status).toBe(200);
    const { journal } = admin.centre.app.kernel;
    await journal.flush();
    expect((await journal.since(0)).filter(({ type }) => type === 'offer.made')).toMatchObject([
      { itemId: 'bill', agentId: 'agent1', queueId: 'billing' },
    ]);
    // The desk is told of its new queue without having asked.
    const desk = await agent.until(({ queues }) => queues.length === 2, 'two queues');
    expect(desk.queues.map(({ id }) => id)).toEqual(['support', 'billing']);
  });

  it('A17 desks show a new name and a new queue at once, without having asked', async () => {
    const agent = await admin.centre.agent('agent1', { available: false });
    const { id: _, ...support } = admin.queue('support');
    await admin.put('/api/routing/queues/support', { ...support, name: 'Help desk' });
    await agent.until(({ queues }) => queues[0]?.name === 'Help desk', 'the new name');
    await admin.put('/api/routing/profiles/one', profile('sales', 'support'));
    await agent.until(({ queues }) => queues[0]?.id === 'sales' && queues.length === 2, 'the new queue');
    await admin.put('/api/routing/profiles/two', profile('billing'));
    await admin.put('/api/routing/agents/agent1', { profileId: 'two', skills: {}, rank: 1 });
    await agent.until(({ queues }) => queues[0]?.id === 'billing' && queues.length === 1, 'its own queue');
  });

  it('A17 a profile that would strand work is refused, for all its agents and for one; forced, the work still waits', async () => {
    admin.enqueue('w1', 'support');
    const none = profile();
    const before = JSON.stringify(await admin.settings());
    const refused = await admin.put('/api/routing/profiles/one', none);
    expect([refused.status, refused.code]).toEqual([409, 'routing.strands-work']);
    expect(refused.details).toMatchObject({ names: ['Support'] });
    expect(refused.message).toBeTruthy();
    expect(JSON.stringify(await admin.settings())).toBe(before);
    expect(admin.centre.app.routing.agent('agent1')?.queues).toEqual([{ queueId: 'support', tier: 1 }]);

    // One of two agents may leave, the last may not.
    await admin.put('/api/routing/profiles/none', none);
    const leave = (agent: string, force = '') =>
      admin.put(
        `/api/routing/agents/${agent}${force}`,
        { profileId: 'none', skills: {}, rank: 1 },
        'supervisor',
      );
    expect((await leave('agent1')).status).toBe(200);
    expect((await leave('agent2')).code).toBe('routing.strands-work');
    expect((await leave('agent2', '?force=false')).code).toBe('routing.strands-work');
    expect(admin.centre.app.routing.agentRouting('agent2')?.profileId).toBe('one');
    expect((await leave('agent2', '?force=maybe')).code).toBe('bad-request');

    expect((await admin.put('/api/routing/profiles/one?force=true', none)).status).toBe(200);
    const { items } = await admin.work('supervisor');
    expect(items).toMatchObject([{ itemId: 'w1', state: 'waiting', why: 'nobody-serves' }]);
    expect(admin.centre.app.routing.openItems()).toBe(1);
  });

  it('A17 a queue with work in it is not removed, and nothing is changed; empty, it is', async () => {
    await admin.put('/api/routing/queues/short', queueBody);
    await admin.put('/api/routing/profiles/one', profile('support', 'short'));
    admin.enqueue('w1', 'short', { channel: 'task' });
    const before = JSON.stringify([await admin.settings(), (await admin.work('supervisor')).items.length]);
    const since = admin.centre.app.kernel.journal.lastSeq;
    const refused = await admin.remove('/api/routing/queues/short');
    expect(refused.status).toBe(409);
    expect(['conflict', 'routing.in-use']).toContain(refused.code);
    expect(JSON.stringify([await admin.settings(), (await admin.work('supervisor')).items.length])).toBe(
      before,
    );
    expect(await admin.changes(since)).toEqual([]);
    expect(admin.centre.app.routing.explain('w1')).toMatchObject({ queueId: 'short', state: 'waiting' });
    await supervisor.command('work.move', { itemId: 'w1', queue: 'support' });
    expect((await admin.remove('/api/routing/queues/short')).status).toBe(200);
    expect((await admin.settings()).profiles.find(({ id }) => id === 'one')?.queues).toEqual([
      { queueId: 'support', tier: 1 },
    ]);
    expect(admin.centre.app.routing.explain('w1')?.state).toBe('waiting');
  });

  it('A17 emergency closing is in force and on the board at once, and so is opening again', async () => {
    const boards: unknown[] = [];
    const { token } = supervisor as unknown as { token: string };
    const { io } = await import('socket.io-client');
    const socket = io(admin.centre.url, { path: '/socket', auth: { token }, transports: ['websocket'] });
    socket.on('board', (board) => boards.push(board));
    await socket.emitWithAck('command', { name: 'board.watch', input: { on: true } });
    const open = () => boardSchema.parse(boards.at(-1)).queues.find(({ id }) => id === 'support')?.open;
    await eventually(() => boards.length > 0, 'a board');
    expect(open()).toBe(true);
    const { id: _, ...support } = admin.queue('support');
    await admin.put('/api/routing/queues/support', { ...support, closed: true });
    await eventually(() => open() === false, 'closed on the board');
    expect(() => admin.enqueue('w1', 'support', { channel: 'chat' })).toThrow(
      expect.objectContaining({ code: 'queue.closed' }),
    );
    await admin.put('/api/routing/queues/support', { ...support, closed: false });
    await eventually(() => open() === true, 'open on the board');
    admin.enqueue('w1', 'support', { channel: 'chat' });
    socket.disconnect();
  });
});
