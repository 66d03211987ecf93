import type { RoutingEvent } from '#server/routing/events.core.ts';
import { DIRECT } from '#server/routing/settings.core.ts';
import type { Account } from './account.ts';
import { type ItemAccount, must, type Offered } from './records.ts';
import {
  compareAgents,
  compareItems,
  eligible,
  entry,
  expectedWait,
  firstTarget,
  isOpen,
  keptFor,
  nextLook,
  notMine,
  type Predicted,
  scoreOf,
  skillsAsked,
  stateOf,
  takesOffers,
  tierOpen,
  waitingIn,
  whyWaiting,
} from './rules.ts';
import type { World } from './world.ts';

/** What must hold after every event. All of it looks at everything, every time, but for `checkWhys`. */
export function checkAll(account: Account, event: RoutingEvent, world: World): void {
  settleHolds(account, world.now);
  checkAgents(account, world);
  checkItems(account, world);
  checkQueues(account, world);
  checkTimers(account, world);
  checkIdle(account, world);
  checkChoices(account, event, world);
}

/** A hold that is over does not begin again (R23). */
function settleHolds(account: Account, now: number): void {
  for (const item of account.items.values()) {
    if (!item.work.preferred || item.holdOver || item.state !== 'waiting') continue;
    if (keptFor(account, item, now) !== undefined) continue;
    must(
      now >= item.arrivedAt + item.work.preferred.holdMs,
      'a hold is over before its time, and no fact says so',
    );
    item.holdOver = true;
    item.changed = account.events;
  }
  for (const { item, agent } of account.offered) {
    const { preferred } = item.work;
    if (!preferred || item.holdOver) continue;
    const over = now >= item.arrivedAt + preferred.holdMs || item.declined.has(agent.id);
    if (preferred.agentId !== agent.id || over) item.holdOver = true;
  }
}

function checkAgents(account: Account, { core }: World): void {
  const views = core.agents();
  must(views.length === account.agents.size, 'agents and facts disagree');
  for (const view of views) {
    const agent = account.agent(view.id);
    must(agent.state === stateOf(agent), 'facts and hands disagree about the state');
    must(view.state === agent.state, 'state');
    must(view.presence === agent.presence && view.reason === agent.reason, 'presence');
    must(view.next?.presence === agent.next?.presence && view.next?.reason === agent.next?.reason, 'next');
    must(view.offer?.id === agent.offer?.id, 'offer');
    must(view.reachable === agent.reachable, 'reachable');
    must(view.hands.length === agent.hands.length, 'hands');
    if (agent.hands.length === 0 && !agent.offer) must(!agent.next, 'a next state was forgotten');
    view.hands.forEach((hand, i) => {
      const held = agent.hands[i];
      must(hand.itemId === held?.itemId, 'hands in the order taken');
      must((hand.phase === 'work') === (held.item !== undefined), 'phase');
      must((hand.wrapUp === undefined) === (held.wrapUp === undefined), 'a hand works or wraps up');
      must((hand.wrapUp?.deadline ?? null) === (held.wrapUp?.deadline ?? null), 'deadline');
      must((held.item === undefined) !== (held.wrapUp === undefined), 'an empty hand');
    });
  }
}

/** No item lost or with two: each waits, or is offered, or lies in exactly one hand. */
function checkItems(account: Account, { core }: World): void {
  must(core.openItems === account.items.size, 'items and facts disagree');
  const held = new Set<string>();
  for (const agent of account.agents.values()) {
    for (const { item } of agent.hands) {
      if (!item) continue;
      must(!held.has(item.id), 'two agents with one item');
      must(item.state === 'in-hands' && item.agentId === agent.id, 'agent and item disagree');
      held.add(item.id);
    }
    if (agent.offer)
      must(agent.offer.item.offers.get(agent.offer.id) === agent.id, 'offer and item disagree');
  }
  let inHands = 0;
  for (const item of account.items.values()) {
    if (item.state === 'in-hands') inHands += 1;
    must((item.state === 'offered') === item.offers.size > 0, 'offered means offers');
    must(account.queues.has(item.queueId), 'its queue is gone');
  }
  must(inHands === held.size, 'an item is with nobody');
}

function checkQueues(account: Account, { core, now }: World): void {
  const views = core.queues(now);
  must(views.length === account.queues.size - 1, 'queues');
  for (const view of views) {
    const { id } = view;
    const waiting = waitingIn(account, id);
    const { settings, signedIn } = account.queue(id);
    let oldest: number | undefined;
    for (const { arrivedAt } of waiting) if (oldest === undefined || arrivedAt < oldest) oldest = arrivedAt;
    let [idle, onWork] = [0, 0];
    for (const agent of account.agents.values()) {
      if (!agent.seats.has(id)) continue;
      if (agent.state === 'idle' && agent.reachable) idle += 1;
      if (agent.state === 'on-work') onWork += 1;
    }
    must(view.waiting === waiting.length, 'count of waiting');
    must(view.longestSince === oldest, 'longest wait');
    must(view.agentsIdle === idle && view.agentsOnWork === onWork, 'counts of agents');
    must(view.agentsSignedIn === signedIn, 'count of signed in');
    must(view.open === isOpen(settings, now), 'open');
    must(view.ewtMs === expectedWait(account, id, 'call'), 'expected wait');
  }
}

/** How many timers of this key there are when one is needed: 1 and no other; 0 without an instant. */
function runs(timers: World['timers'], key: string, at: number | undefined): number {
  if (at === undefined) return 0;
  const timer = timers.get(key);
  if (timer?.at !== at) throw new Error(`timer: ${key} at ${at}, not ${timer?.at}`);
  return 1;
}

/** Exactly the timers that are needed run, each at its instant: none leaks, none is forgotten. */
function checkTimers(account: Account, world: World): void {
  const { timers, now } = world;
  let n = 0;
  for (const [id, { agent }] of account.offers) {
    must(timers.has(`offer ${id}`), 'an offer would never end');
    n += 1;
    if (agent.lostAt !== undefined) n += runs(timers, `grace ${agent.id}`, agent.lostAt + 3_000);
  }
  for (const agent of account.agents.values()) {
    for (const { itemId, wrapUp } of agent.hands)
      if (wrapUp && wrapUp.deadline !== null)
        n += runs(timers, `wrap-up ${agent.id} ${itemId}`, wrapUp.deadline);
    for (const seat of agent.seats.values()) n += runs(timers, seat.key, seat.retryUntil);
  }
  for (const item of account.items.values()) {
    if (item.state !== 'waiting') continue;
    if (isDue(item, world)) n += 1;
    else n += runs(timers, item.key, nextLook(account, item, now));
  }
  for (const [id, { settings, signedIn, emptySince }] of account.queues) {
    const rules = settings.overflow.filter((rule) => rule.when === 'no-agents');
    const timer = timers.get(`no-agents ${id}`);
    if (timer) {
      n += 1;
      must(rules.length > 0 && signedIn === 0, 'a timer of no agents beside agents');
    } else if (rules.length > 0 && signedIn === 0 && waitingIn(account, id).length > 0)
      must(
        rules.every((rule) => emptySince + rule.value <= now),
        'nobody wakes for the rule of no agents',
      );
  }
  if (timers.size !== n) throw new Error(`a timer runs for nothing: ${[...timers.keys()].join(', ')}`);
}

/** Its own timer runs out this very instant: until then it stands where it stood. */
const isDue = ({ key }: ItemAccount, { timers, now }: World): boolean =>
  (timers.get(key)?.at ?? now + 1) <= now;

/** Nobody who could take something stands beside it. An item whose own timer is due this instant waits for it. */
function checkIdle(account: Account, world: World): void {
  const { now } = world;
  const free = [...account.agents.values()].filter(takesOffers);
  if (free.length === 0) return;
  for (const item of account.items.values()) {
    if (item.state !== 'waiting') continue;
    if (isDue(item, world)) continue;
    for (const agent of free)
      if (eligible(account, agent, item, now))
        throw new Error(`${item.id} waits beside ${agent.id}, who could take it`);
  }
}

/**
 * A ring, tier or hold of this item changes at this very instant, by a timer that comes after this event: what was
 * asked for when it was offered cannot be told any more.
 */
const atEdge = (account: Account, item: ItemAccount, event: RoutingEvent, now: number): boolean =>
  item.queuedAt !== now &&
  (nextLook(account, item, now - 1) === now || holdEnds(item) === now) &&
  !(event.type === 'item.due' && event.itemId === item.id);

const holdEnds = ({ work: { preferred }, arrivedAt }: ItemAccount): number | undefined =>
  preferred && arrivedAt + preferred.holdMs;

function checkChoices(account: Account, event: RoutingEvent, world: World): void {
  for (const offered of account.offered) {
    if (account.offers.get(offered.offerId) !== offered || offered.why === 'only-agent') continue;
    if (atEdge(account, offered.item, event, world.now)) continue;
    checkChoice(account, offered, world);
  }
}

/** R1, R2, R19, R24: nobody better was passed over, and no better item. */
function checkChoice(account: Account, { item, agent, why, turnBefore }: Offered, world: World): void {
  const { now } = world;
  const ringAll = account.queue(item.queueId).settings.strategy === 'ring-all';
  const keeper = keptFor(account, item, now);
  must(keeper === undefined || keeper === agent.id, 'offered past a hold');
  must((why === 'preferred') === (item.work.preferred?.agentId === agent.id), 'why this agent');
  const asked = { ...agent, offer: undefined };
  must(eligible(account, asked, item, now), `${item.id} was offered to ${agent.id}, who may not have it`);
  for (const other of account.agents.values()) {
    if (other === agent || !eligible(account, other, item, now)) continue;
    if (ringAll) must(item.declined.has(other.id), `${other.id} is free and was not rung with all`);
    else
      must(
        compareAgents(account, item, other, agent, turnBefore, now) <= 0,
        `${other.id} came before ${agent.id} for ${item.id}`,
      );
  }
  const leads = account.offered.find((other) => other.item === item)?.agent === agent;
  if (!leads) return; // rung with all, whatever it would have chosen
  const tier = agent.seats.get(item.queueId)?.tier ?? 0;
  for (const other of account.items.values()) {
    if (other.state !== 'waiting' || other.changed === account.events || isDue(other, world)) continue;
    if (!eligible(account, asked, other, now)) continue;
    const otherTier = agent.seats.get(other.queueId)?.tier ?? 0;
    const better = otherTier - tier || compareItems(account, item, other, now);
    must(better >= 0, `${agent.id} got ${item.id}, and ${other.id} is better`);
  }
}

/** R31, for one item that waits. */
export function checkWhy(account: Account, world: World, itemId: string): void {
  const { core, now } = world;
  const item = account.item(itemId);
  if (item.state !== 'waiting' || isDue(item, world)) return;
  const said = core.explain(itemId, now);
  must(said !== undefined, 'what waits can say why');
  const { settings } = account.queue(item.queueId);
  const counts: Record<string, number> = {};
  for (const agent of account.agents.values()) {
    if (!agent.seats.has(item.queueId)) continue;
    const reason = notMine(account, agent, item, now);
    must(reason !== 'free', 'free, and yet not asked');
    counts[reason] = (counts[reason] ?? 0) + 1;
    account.count(`not mine: ${reason}`);
  }
  const ahead = waitingIn(account, item.queueId).filter((other) => {
    const by = compareItems(account, other, item, now);
    return by === 0 ? other.order < item.order : by > 0;
  });
  const close = waitingIn(account, item.queueId).some(
    (other) => other !== item && compareItems(account, other, item, now) === 0,
  );
  const keeper = keptFor(account, item, now);
  const asked = keeper === undefined ? skillsAsked(item, settings, now) : new Map<string, number>();
  for (const reason of Object.keys({ ...counts, ...said.agents }))
    must(counts[reason] === said.agents[reason as keyof typeof said.agents], `not mine: ${reason}`);
  must(said.why === whyWaiting(account, item, now), 'why nobody has it');
  must(close || said.position === ahead.length + 1, 'position');
  must(Math.abs(said.score.total - scoreOf(account, item, now)) < 1e-6, 'score');
  must(said.heldFor?.agentId === keeper, 'held for');
  must(Object.keys(said.skills).length === asked.size, 'skills');
  for (const [id, level] of asked) must(said.skills[id] === level, `skill ${id}`);
  if (keeper === undefined) must(said.tier === Math.min(9, tierOpen(item, settings, now)), 'tier');
  must(said.changesAt === nextLook(account, item, now), 'changes at');
  account.count(`why: ${said.why}`);
}

/** What the rules of entry and of waiting say must come of this event; undefined when they have no say in it. */
export function predict(account: Account, event: RoutingEvent, now: number): Predicted | undefined {
  if (event.type === 'item.arrived') {
    const { item: work } = event;
    if (work.onlyAgent !== undefined || work.queueId === DIRECT) return undefined;
    if (!account.queues.has(work.queueId) || account.items.has(work.id)) return undefined;
    const item = { ...blank, id: work.id, work, queueId: work.queueId, arrivedAt: now, queuedAt: now };
    return entry(account, item, work.queueId, now);
  }
  if (event.type === 'item.moved') {
    const item = account.items.get(event.itemId);
    if (!item || !account.queues.has(event.queueId) || event.queueId === DIRECT) return undefined;
    if (item.work.onlyAgent !== undefined && item.state !== 'in-hands') return undefined;
    const to = entry(account, item, event.queueId, now);
    const first = item.state === 'in-hands' ? 'transferred' : 'moved';
    if (to.end !== 'stays' && to.end !== 'leaves') return to;
    return { path: [`${event.queueId} ${first}`, ...to.path], end: to.end };
  }
  if (event.type !== 'item.due') return undefined;
  const item = account.items.get(event.itemId);
  if (item?.state !== 'waiting') return undefined;
  const due = account
    .queue(item.queueId)
    .settings.overflow.filter((rule) => rule.when === 'waited' && now - item.queuedAt >= rule.value);
  return firstTarget(account, item, due, now, [...item.visited, item.queueId]);
}

export function checkPrediction(account: Account, event: RoutingEvent, { path, end }: Predicted): void {
  if (end === 'queue.closed' || end === 'queue.full') {
    must(account.refused === end, `${end} expected, not ${account.refused}`);
    return;
  }
  must(account.refused === undefined, `not expected: ${account.refused}`);
  const itemId = event.type === 'item.arrived' ? event.item.id : 'itemId' in event ? event.itemId : '';
  const moves = account.moves.filter((move) => move.itemId === itemId);
  const went = moves.map((move) => `${move.queueId} ${move.why}`).join(', ');
  must(went === path.join(', '), `went ${went || 'nowhere'}, not ${path.join(', ') || 'nowhere'}`);
  const left = account.ended.some((fact) => fact.itemId === itemId && fact.end === 'overflowed');
  must(left === (end === 'leaves'), 'left the queues when it should, and only then');
}

const blank = {
  key: '',
  order: 0,
  boost: 0,
  state: 'waiting',
  offers: new Map<string, string>(),
  agentId: undefined,
  declined: new Set<string>(),
  visited: new Set<string>(),
  holdOver: false,
  changed: 0,
} as const;
