import type { OverflowRule, QueueSettings } from '#shared/model/routing.ts';
import type { Channel, NotMine, RoutingState, WaitingWhy } from '#shared/model/states.ts';
import { type Account, byPhone } from './account.ts';
import type { AgentAccount, ItemAccount, SeatAccount } from './records.ts';

/**
 * The rules of the README, said a second time and naively: by looking at everybody and everything, with no index, no
 * lane and none of the core's code.
 */

/** Where the model's opening hours are open: 9 to 17 UTC, every day. */
const DAY = 86_400_000;
export const openByHours = (now: number): boolean =>
  now % DAY >= DAY * (9 / 24) && now % DAY < DAY * (17 / 24);
export const isOpen = ({ closed, hours }: QueueSettings, now: number): boolean =>
  !closed && (hours === null || openByHours(now));

/** R21: what is asked for after the rings so far. */
export function skillsAsked(item: ItemAccount, settings: QueueSettings, now: number): Map<string, number> {
  const asked = new Map(Object.entries(settings.skills));
  for (const [id, level] of Object.entries(item.work.skills ?? {}))
    asked.set(id, Math.max(level, asked.get(id) ?? 0));
  const rings = settings.relax.filter((ring) => now - item.queuedAt >= ring.afterMs);
  for (const ring of rings) for (const id of ring.drop) asked.delete(id);
  const lower = rings.reduce((sum, ring) => sum + ring.lower, 0);
  for (const [id, level] of asked) asked.set(id, Math.max(1, level - lower));
  return asked;
}

/** R22 */
export function tierOpen(item: ItemAccount, { tiersMs }: QueueSettings, now: number): number {
  const open = tiersMs.filter((ms) => now - item.queuedAt >= ms).length;
  return open === tiersMs.length ? Number.POSITIVE_INFINITY : open;
}

/** R23: the agent this item is kept for. */
export function keptFor(account: Account, item: ItemAccount, now: number): string | undefined {
  const { preferred } = item.work;
  if (!preferred || item.holdOver || now >= item.arrivedAt + preferred.holdMs) return undefined;
  const agent = account.agents.get(preferred.agentId);
  if (!agent?.seats.has(item.queueId) || agent.state === 'offline') return undefined;
  return item.declined.has(agent.id) ? undefined : agent.id;
}

/** R20 */
export function hasRoom({ settings, hands }: AgentAccount, channel: Channel): boolean {
  let same = 0;
  for (const hand of hands) {
    if (hand.channel === channel) same += 1;
    else if (!settings.interrupts[channel]?.includes(hand.channel)) return false;
  }
  return same < (settings.capacity[channel] ?? 0);
}

/** R8 */
export const takesOffers = (agent: AgentAccount): boolean =>
  agent.presence === 'available' && !agent.missed && !agent.removed && !agent.offer && !agent.next;

/** R20: work of this channel, wherever from. */
export const canTake = (agent: AgentAccount, channel: Channel): boolean =>
  takesOffers(agent) && hasRoom(agent, channel) && (agent.reachable || !byPhone(channel));

/** May this agent be offered this item now, wherever the item is? */
export function eligible(account: Account, agent: AgentAccount, item: ItemAccount, now: number): boolean {
  const seat = agent.seats.get(item.queueId);
  if (!seat || seat.retryUntil !== undefined || !canTake(agent, item.work.channel)) return false;
  const keeper = keptFor(account, item, now);
  return keeper === undefined ? qualified(account, agent, seat, item, now) : keeper === agent.id;
}

function qualified(
  account: Account,
  agent: AgentAccount,
  seat: SeatAccount,
  item: ItemAccount,
  now: number,
): boolean {
  const { settings } = account.queue(item.queueId);
  if (seat.tier > tierOpen(item, settings, now)) return false;
  for (const [id, level] of skillsAsked(item, settings, now))
    if ((agent.settings.skills[id] ?? 0) < level) return false;
  return true;
}

/** R2 */
export function scoreOf(account: Account, item: ItemAccount, now: number): number {
  const { score, targetMs } = account.queue(item.queueId).settings;
  const due = item.work.dueAt ?? item.arrivedAt + targetMs;
  return (
    score.priority * item.work.priority +
    score.ageing * ((now - item.arrivedAt) / 1_000) +
    score.urgency * ((now - due) / 1_000) +
    item.boost
  );
}

/** Above 0: `a` comes first; 0 when the difference is too small to tell. */
export function compareItems(account: Account, a: ItemAccount, b: ItemAccount, now: number): number {
  const difference = scoreOf(account, a, now) - scoreOf(account, b, now);
  return Math.abs(difference) < 1e-6 ? 0 : difference;
}

/** R1: above 0 when `a` is to be asked before `b`, who was asked; 0 when nothing of it tells. */
export function compareAgents(
  account: Account,
  item: ItemAccount,
  a: AgentAccount,
  b: AgentAccount,
  turnOfB: number,
  now: number,
): number {
  const { settings } = account.queue(item.queueId);
  const [seatA, seatB] = [a.seats.get(item.queueId), b.seats.get(item.queueId)];
  if (!seatA || !seatB) return 0;
  const willing = Number(item.declined.has(b.id)) - Number(item.declined.has(a.id));
  if (willing !== 0) return willing;
  const preferred = item.work.preferred?.agentId;
  if (preferred !== undefined && !item.declined.has(preferred)) {
    if (preferred === a.id) return 1;
    if (preferred === b.id) return -1;
  }
  const before = seatB.tier - seatA.tier || b.hands.length - a.hands.length;
  if (before !== 0) return before;
  const asked = skillsAsked(item, settings, now);
  const byStrategy = (): number => {
    switch (settings.strategy) {
      case 'round-robin':
        return turnOfB - seatA.turn;
      case 'fewest-handled':
        return seatB.handled - seatA.handled;
      case 'least-talk-time':
        return seatB.talkMs - seatA.talkMs;
      case 'most-skilled':
        return levels(a, asked) - levels(b, asked);
      case 'linear':
        return b.settings.rank - a.settings.rank;
      default:
        return 0;
    }
  };
  if (settings.strategy === 'random') return 0;
  return byStrategy() || b.freeAt - a.freeAt;
}

function levels({ settings: { skills } }: AgentAccount, asked: Map<string, number>): number {
  let sum = 0;
  for (const [id, level] of Object.entries(skills)) if (asked.size === 0 || asked.has(id)) sum += level;
  return sum;
}

export const waitingIn = (account: Account, queueId: string): readonly ItemAccount[] =>
  account.queue(queueId).waiting;

/** R29 */
export function expectedWait(account: Account, queueId: string, channel: Channel): number | undefined {
  const { handleTimes } = account.queue(queueId);
  const waiting = waitingIn(account, queueId).length;
  let [ready, serving] = [false, 0];
  for (const agent of account.agents.values()) {
    const seat = agent.seats.get(queueId);
    if (!seat) continue;
    if (seat.retryUntil === undefined && canTake(agent, channel)) ready = true;
    if (agent.presence === 'available' && !agent.missed) serving += 1;
  }
  if (waiting === 0 && ready) return 0;
  if (handleTimes.length === 0 || serving === 0) return undefined;
  const mean = handleTimes.reduce((sum, ms) => sum + ms, 0) / handleTimes.length;
  return Math.round(((waiting + 1) * mean) / serving);
}

/** `path`: the queues it comes through, with the reasons. */
export interface Predicted {
  readonly path: readonly string[];
  readonly end: 'stays' | 'leaves' | 'queue.closed' | 'queue.full';
}

/** R25: somebody waits on the line. */
export const isLive = ({ work }: Pick<ItemAccount, 'work'>): boolean =>
  work.channel === 'call' || work.channel === 'chat';

/** R25, R26: what becomes of work that comes to this queue. */
export function entry(
  account: Account,
  item: ItemAccount,
  queueId: string,
  now: number,
  met: readonly string[] = [],
): Predicted {
  const queue = account.queue(queueId);
  const { settings } = queue;
  const waiting = waitingIn(account, queueId).length;
  const live = isLive(item);
  const open = !live || isOpen(settings, now);
  const applies = ({ when, value }: OverflowRule): boolean => {
    if (when === 'closed') return !open;
    if (when === 'length') return waiting >= value;
    if (when === 'no-agents') return queue.signedIn === 0 && now - queue.emptySince >= value;
    return when === 'ewt' && (expectedWait(account, queueId, item.work.channel) ?? -1) >= Math.max(1, value);
  };
  const way = firstTarget(account, item, settings.overflow.filter(applies), now, [...met, queueId]);
  if (way) return way;
  if (!open) return { path: [], end: 'queue.closed' };
  if (!live || settings.maxWaiting === null || waiting < settings.maxWaiting)
    return { path: [], end: 'stays' };
  const there = { ...item, queueId, queuedAt: now };
  const atOnce = [...account.agents.values()].some((agent) => eligible(account, agent, there, now));
  return { path: [], end: atOnce ? 'stays' : 'queue.full' };
}

export function firstTarget(
  account: Account,
  item: ItemAccount,
  rules: readonly OverflowRule[],
  now: number,
  met: readonly string[],
): Predicted | undefined {
  for (const { when, to } of rules) {
    if (to.kind !== 'queue') {
      if (item.work.channel === 'call') return { path: [], end: 'leaves' };
      continue;
    }
    if (!account.queues.has(to.queueId) || met.includes(to.queueId)) continue;
    const rest = entry(account, item, to.queueId, now, met);
    if (rest.end === 'stays' || rest.end === 'leaves')
      return { path: [`${to.queueId} ${when}`, ...rest.path], end: rest.end };
  }
  return undefined;
}

const sooner = (next: number | undefined, at: number, now: number): number | undefined =>
  at > now && (next === undefined || at < next) ? at : next;

/** The instant at which a waiting item is looked at again. */
export function nextLook(account: Account, item: ItemAccount, now: number): number | undefined {
  const { relax, tiersMs, overflow } = account.queue(item.queueId).settings;
  const { queuedAt } = item;
  let next: number | undefined;
  for (const ring of relax) next = sooner(next, queuedAt + ring.afterMs, now);
  for (const ms of tiersMs) next = sooner(next, queuedAt + ms, now);
  for (const rule of overflow) if (rule.when === 'waited') next = sooner(next, queuedAt + rule.value, now);
  const { preferred } = item.work;
  return preferred && !item.holdOver ? sooner(next, item.arrivedAt + preferred.holdMs, now) : next;
}

/** R31: why this agent has not got this waiting item. */
export function notMine(account: Account, agent: AgentAccount, item: ItemAccount, now: number): NotMine {
  const { settings } = account.queue(item.queueId);
  const seat = agent.seats.get(item.queueId);
  const keeper = keptFor(account, item, now);
  if (agent.state === 'offline') return 'signed-out';
  if (keeper !== undefined && keeper !== agent.id) return 'held-for-another';
  if (keeper === undefined) {
    for (const [id, level] of skillsAsked(item, settings, now))
      if ((agent.settings.skills[id] ?? 0) < level) return 'skills';
    if ((seat?.tier ?? 1) > tierOpen(item, settings, now)) return 'tier';
  }
  if (agent.presence !== 'available' || agent.next || agent.removed) return 'not-ready';
  if (agent.missed) return 'not-responding';
  if (byPhone(item.work.channel) && !agent.reachable) return 'no-phone';
  if (!hasRoom(agent, item.work.channel)) return 'busy';
  if (agent.offer) return 'offered-other';
  return seat?.retryUntil === undefined ? 'free' : 'left-alone';
}

export function whyWaiting(account: Account, item: ItemAccount, now: number): WaitingWhy {
  const reasons = new Set<NotMine>();
  for (const agent of account.agents.values())
    if (agent.seats.has(item.queueId)) reasons.add(notMine(account, agent, item, now));
  if (reasons.size === 0) return 'nobody-serves';
  if (reasons.size === 1 && reasons.has('signed-out')) return 'nobody-signed-in';
  if (keptFor(account, item, now) !== undefined) return 'held';
  if (reasons.has('busy') || reasons.has('offered-other')) return 'all-busy';
  if (reasons.has('left-alone')) return 'left-alone';
  if (reasons.has('not-ready') || reasons.has('not-responding') || reasons.has('no-phone'))
    return 'all-not-ready';
  return 'no-skill';
}

export function stateOf({ hands, offer, presence, missed }: AgentAccount): RoutingState {
  for (const hand of hands) if (hand.item) return 'on-work';
  if (hands.length > 0) return 'wrap-up';
  if (offer) return 'offered';
  if (presence === 'available') return missed ? 'not-responding' : 'idle';
  return presence;
}
