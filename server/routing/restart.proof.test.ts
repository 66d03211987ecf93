import { expect, it } from 'vitest';
import { type Op, openJournal } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { Recorded } from '#shared/model/facts/index.ts';
import { seeded } from '#shared/model/random.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { figures, full, seed } from '../../tests/support/proof.ts';
import { RoutingWorld } from '../../tests/support/routing.ts';
import { routingMigrations, routingProjection } from './index.ts';
import { type Kind, readSettings, saveOp } from './routing.store.ts';

let world: RoutingWorld;

/** Everything routing does, at random: people come, go, refuse, give away, are removed. The same for the same seed. */
async function story(number: number): Promise<void> {
  const random = seeded(number);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const to = { kind: 'queue', queueId: 'support' } as const;
  world = await RoutingWorld.open();
  const { routing, kernel } = world;
  await world.queue('support', { wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 } });
  await world.queue('mail', { wrapUp: { mode: 'mandatory', ms: 0, extendMs: 0 }, offerMs: 60_000 });
  await world.queue('all', { strategy: 'ring-all', offerMs: 15_000 });
  await world.queue('sales', { overflow: [{ when: 'waited', value: 20_000, to }] });
  const queues = ['support', 'mail', 'all', 'sales'];
  const channels = [
    'call',
    'call',
    'call',
    'chat',
    'email',
    'sms',
    'callback',
    'task',
    'case',
    'lead',
  ] as const;
  const people = ['a', 'b', 'c', 'gone'];
  for (const id of people) await world.agent(id, queues);
  let items = 0;
  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof AppError)) throw error; // what is illegal at this moment changes nothing
    }
  };
  const agents = () => routing.agents().filter(({ id }) => id !== 'gone' || routing.agentRouting('gone'));
  const hands = () =>
    agents().flatMap(({ id, hands: held }) => held.map((hand) => ({ ...hand, agentId: id })));
  const waitingItems = () => routing.waiting(queues, 100).map(({ itemId }) => itemId);
  const waitingCalls = () =>
    routing.waiting(queues, 100).flatMap(({ itemId, channel }) => (channel === 'call' ? itemId : []));
  const offers = () => agents().flatMap(({ offer }) => offer ?? []);
  const actions: readonly (() => void)[] = [
    () => {
      const channel = pick(channels) ?? 'call';
      const preferred = random() < 0.3 ? { preferred: { agentId: pick(people) ?? 'a', holdMs: 8_000 } } : {};
      world.item(`i${++items}`, {
        channel,
        queueId: pick(queues) ?? 'mail',
        priority: items % 3,
        ...preferred,
      });
    },
    () => {
      const onlyAgent = pick(people) ?? 'a';
      attempt(() => world.item(`i${++items}`, { channel: 'task', queueId: 'direct', onlyAgent }));
    },
    () => void routing.accept(pick(offers())?.id ?? ''),
    () => void routing.accept(pick(offers())?.id ?? ''),
    () => routing.decline(pick(offers())?.id ?? '', pick(['declined', 'busy', 'failed'] as const) ?? 'busy'),
    () => attempt(() => routing.workEnded(pick(hands())?.itemId ?? '')),
    () => attempt(() => routing.finishWrapUp(pick(hands())?.agentId ?? '', pick(hands())?.itemId ?? '')),
    () => {
      const hand = pick(hands());
      if (hand) attempt(() => routing.extendWrapUp(hand.agentId, hand.itemId));
    },
    () =>
      attempt(() =>
        routing.move(pick([...waitingItems(), ...hands().map((h) => h.itemId)]) ?? '', pick(queues) ?? ''),
      ),
    () => attempt(() => routing.boost(pick(waitingItems()) ?? '', Math.round(random() * 1_000))),
    () =>
      attempt(() =>
        routing.callBack(pick(waitingCalls()) ?? '', `back${++items}`, { uri: 'sip:1@127.0.0.1' }),
      ),
    () => routing.withdraw(pick(waitingItems()) ?? '', 'abandoned'),
    () => {
      const { id } = pick(agents()) ?? { id: 'a' };
      const presence = pick(['available', 'available', 'not-ready', 'offline'] as const) ?? 'available';
      attempt(() => routing.setPresence(id, presence, presence === 'not-ready' ? 'lunch' : undefined));
    },
    () => kernel.clock.advance(Math.round(random() * 10_000)),
  ];
  for (let step = 0; step < 400; step++) {
    if (step === 200) await routing.removeAgent('gone', { force: true }, 'test');
    if (step % 20 === 0)
      for (const { id } of agents()) attempt(() => routing.setPresence(id, 'available', undefined));
    pick(actions)?.();
  }
}

/** What these facts say is open, by their meaning alone. */
function openBy(facts: readonly Recorded[]) {
  const items = new Map<
    string,
    { channel: string; queueId: string; at: number; agentId?: string | undefined }
  >();
  const offers = new Set<string>();
  const presence = new Map<string, string>();
  const next = new Map<string, string>();
  for (const fact of facts) {
    if (fact.type === 'work.arrived')
      items.set(fact.itemId, { channel: fact.channel, queueId: fact.queueId, at: fact.at });
    else if (fact.type === 'work.ended') items.delete(fact.itemId);
    else if (fact.type === 'offer.made') offers.add(fact.offerId);
    else if (fact.type === 'agent.presence') presence.set(fact.agentId, fact.presence);
    else if (fact.type === 'offer.ended') offers.delete(fact.offerId);
    else if (fact.type === 'agent.next' && fact.presence === null) next.delete(fact.agentId);
    else if (fact.type === 'agent.next' && fact.presence) next.set(fact.agentId, fact.presence);
    const item = 'itemId' in fact && fact.itemId ? items.get(fact.itemId) : undefined;
    if (!item) continue;
    if (fact.type === 'offer.ended' && fact.outcome === 'accepted') item.agentId = fact.agentId;
    else if (fact.type === 'work.called-back') item.channel = 'callback';
    else if (fact.type === 'work.moved') Object.assign(item, { queueId: fact.queueId, agentId: undefined });
  }
  return { items, offers, presence, next };
}

/** One story is the sample. */
const stories = full ? Array.from({ length: 10 }, (_, i) => seed + i) : [seed];
const kinds = new Set<string>();

it.each(stories)(
  'R17 killed between any two facts: no work is lost or there twice, offers end, all is worked off (story %i)',
  async (number) => {
    await story(number);
    const all = await world.facts();
    for (const { type } of all) kinds.add(type);
    expect(all.length).toBeGreaterThan(200);
    const { unread: _, ...settings } = await readSettings(world.kernel.db, world.kernel.log);
    const stored = Object.entries(settings).flatMap(([kind, known]) =>
      [...known.values()].map((setting) => saveOp(kind as Kind, setting)),
    );
    for (let cut = 0; cut <= all.length; cut++) await killedAfter(all.slice(0, cut), stored);
    figures(`story ${number}: ${all.length + 1} kills, ${kinds.size} kinds of fact`);
  },
  240_000,
);

it('R17 the stories have every kind of fact that a restart has to think about', () => {
  for (const type of [
    'work.moved',
    'work.boosted',
    'work.called-back',
    'wrap-up.extended',
    'agent.next',
  ] as const)
    expect(kinds).toContain(type);
});

async function killedAfter(facts: readonly Recorded[], settings: readonly Op[]): Promise<void> {
  const kernel = await testKernel(routingMigrations);
  const { journal, clock, db } = kernel;
  await db.write(settings);
  journal.project(routingProjection);
  await journal.import(facts.map(({ seq: _, at, ...fact }) => ({ at, fact })));
  clock.advance((facts.at(-1)?.at ?? clock.now()) - clock.now());
  const before = openBy(facts);
  world = await RoutingWorld.open({
    kernel: { ...kernel, journal: await openJournal(db, clock, kernel.log) },
  });
  const where = `after ${facts.length} facts, the last ${JSON.stringify(facts.at(-1))}`;
  const since = await world.facts(undefined, facts.length);
  expect(openBy([...facts, ...since]).offers.size, where).toBe(
    world.routing.agents().filter(({ offer }) => offer).length,
  );

  const hands = world.routing
    .agents()
    .flatMap(({ id, hands: held }) => held.map((hand) => ({ ...hand, id })));
  const ended = new Map(since.flatMap((f) => (f.type === 'work.ended' ? [[f.itemId, f.end] as const] : [])));
  let open = 0;
  for (const [itemId, item] of before.items) {
    const at = `${itemId} ${where}`;
    const explained = world.routing.explain(itemId);
    if (item.channel === 'call' || item.channel === 'chat') {
      expect([ended.get(itemId), explained], at).toEqual(['server-restart', undefined]);
      continue;
    }
    const holders = hands
      .filter((hand) => hand.itemId === itemId && hand.phase === 'work')
      .map(({ id }) => id);
    const byPhone = item.channel === 'callback' || item.channel === 'lead'; // its call is gone, the work is not
    if (item.queueId === 'direct' && (item.agentId === undefined || item.agentId === 'gone' || byPhone)) {
      const end = item.agentId === undefined ? 'refused' : 'failed'; // there is no queue it could go to
      expect([ended.get(itemId), explained], at).toEqual([end, undefined]);
      continue;
    }
    open += 1;
    expect(ended.has(itemId), at).toBe(false);
    const kept = item.agentId !== undefined && item.agentId !== 'gone' && !byPhone ? [item.agentId] : [];
    expect(holders, at).toEqual(kept);
    expect(explained, at).toMatchObject({ arrivedAt: item.at });
    expect(explained?.state === 'in-hands', at).toBe(kept.length === 1);
    if (explained?.state === 'waiting') expect(explained.agents.free ?? 0, at).toBe(0); // nobody stands by idle who could take it
  }
  expect(world.routing.openItems(), where).toBe(open);
  expect(ended.size, where).toBe(before.items.size - open);
  for (const { id, presence, reason, next, hands: held } of world.routing.agents()) {
    const wish = before.next.get(id);
    expect(next?.presence, `${id} ${where}`).toBe(held.length > 0 ? wish : undefined);
    const applied = held.length > 0 ? undefined : wish;
    expect(presence, `${id} ${where}`).toBe(applied ?? before.presence.get(id) ?? 'offline');
    if (presence !== 'not-ready') expect(reason).toBeUndefined();
  }

  workOff();
  expect([world.routing.openItems(), world.routing.timers()], where).toEqual([0, 0]);
  const ends = new Map<string, number>();
  for (const fact of await world.facts('work.ended')) ends.set(fact.itemId, (ends.get(fact.itemId) ?? 0) + 1);
  for (const { itemId } of await world.facts('work.arrived'))
    expect(ends.get(itemId), `${itemId} ${where}`).toBe(1);
  await world.close();
}

/** Everybody comes to work, takes what comes and finishes it, until nothing is left. */
function workOff(): void {
  const { routing, kernel } = world;
  for (let turns = 0; turns < 500 && routing.openItems() + routing.timers() > 0; turns++) {
    for (const { id, offer, presence, state, hands } of routing.agents()) {
      if (presence !== 'available' || state === 'not-responding')
        routing.setPresence(id, 'available', undefined);
      routing.setReachable(id, true);
      if (offer) routing.accept(offer.id);
      for (const { itemId, phase } of hands)
        if (phase === 'work') routing.workEnded(itemId);
        else routing.finishWrapUp(id, itemId);
    }
    kernel.clock.advance(5_000);
  }
}
