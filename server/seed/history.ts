import type { NewCustomer } from '#server/customers/index.ts';
import { openingOps, wordsOps } from '#server/interactions/index.ts';
import type { Op } from '#server/kernel/index.ts';
import type { Fact } from '#shared/model/facts/index.ts';
import type { CallEnd } from '#shared/model/states.ts';
import { arrivals } from './arrivals.core.ts';
import { type DemoQueue, knownCaller, queueNumbers, sharedNumber, teamOf } from './cast.ts';
import { STRANGERS_AREA } from './places.ts';
import type { Random } from './random.core.ts';
import { fill, notes } from './words.ts';

/** A fact with the time it happened at, and the words that are stored with it. */
export interface PastFact {
  readonly at: number;
  readonly fact: Fact;
  readonly words?: readonly Op[];
}

export interface HistoryOptions {
  readonly random: Random;
  readonly now: number;
  readonly days: number;
  readonly perDay: number;
  /** The centre's distance from UTC, in milliseconds: calls come in its daytime. */
  readonly offset: number;
  readonly customers: readonly NewCustomer[];
  /** Makes an id with this prefix, as of this time. */
  readonly id: (prefix: string, at: number) => string;
}

interface Caller {
  readonly ani: string;
  readonly customer?: NewCustomer;
  /** The number has several owners: the agent picks this one. */
  readonly pickedByAgent?: boolean;
  readonly language: 'en' | 'zh-CN';
}

interface Call {
  readonly at: number;
  readonly queue: DemoQueue;
  readonly caller: Caller;
  /** Fixed text instead of a chosen one. */
  readonly note?: readonly [disposition: string, text: string];
}

const SECOND = 1000;
const DAY = 86_400_000;
/** Nothing of the history may still be running when the server starts. */
const QUIET = 90 * 60 * SECOND;
const QUEUES = [
  ['support', 55],
  ['sales', 25],
  ['billing', 20],
] as const;
/** Callers who ring off at once, whatever the wait. */
const CHANGED_MIND = 0.04;
/** How many of a team are on at once. */
const ON_SHIFT: Readonly<Record<DemoQueue, number>> = { support: 3, sales: 2, billing: 2 };
const WRAP_UP = {
  support: { mode: 'timed', ms: 30_000 },
  sales: { mode: 'optional', ms: null },
  billing: { mode: 'mandatory-timed', ms: 60_000 },
} as const;
const ENDS = [
  ['caller-hung-up', 72],
  ['agent-hung-up', 26],
  ['caller-connection-lost', 2],
] as const satisfies readonly (readonly [CallEnd, number])[];

/** A month of calls as facts, oldest first: queues with their agents on shift, waits, talks, abandons, notes. */
export function makeHistory(options: HistoryOptions): PastFact[] {
  const { random, now } = options;
  const until = now - QUIET;
  const who = callers(random, options.customers);
  const calls: Call[] = arrivals(random, { ...options, until }).map((at) => ({
    at,
    queue: random.weighted(QUEUES),
    caller: who(),
  }));
  calls.push(...knownCalls(options));
  calls.sort((a, b) => a.at - b.at);

  const past: PastFact[] = [];
  const busyUntil = new Map<string, number>();
  for (const call of calls) past.push(...playCall(call, options, busyUntil));
  return past.sort((a, b) => a.at - b.at); // stable: facts of one call keep their order
}

/** The two calls everybody's first call from the known number finds in the history. */
function knownCalls({ now, offset, customers }: HistoryOptions): Call[] {
  const [customer] = customers;
  if (!customer) return [];
  const caller: Caller = { ani: knownCaller.number, customer, language: 'en' };
  const on = (daysAgo: number, hour: number): number =>
    (Math.floor((now + offset) / DAY) - daysAgo) * DAY + hour * 3_600_000 - offset;
  const note = (disposition: string, text: string) => [disposition, text] as const;
  return [
    {
      at: on(12, 10.2),
      queue: 'support',
      caller,
      note: note(
        'complaint',
        'E4 is back after the repair. Case #1042; promised a senior technician this week.',
      ),
    },
    {
      at: on(3, 15.4),
      queue: 'support',
      caller,
      note: note('callback-promised', 'Asked when the technician comes. Promised a call back with the date.'),
    },
  ];
}

/** Who calls: mostly regulars, some others, a few nobody knows. The known caller calls only as written above. */
function callers(random: Random, customers: readonly NewCustomer[]): () => Caller {
  const owners = new Map<string, number>();
  for (const { points } of customers)
    for (const { kind, value } of points)
      if (kind === 'phone') owners.set(value, (owners.get(value) ?? 0) + 1);
  const reachable = random
    .shuffled(customers)
    .map((customer) => ({
      customer,
      phones: customer.points.filter((p) => p.kind === 'phone').map((p) => p.value),
    }))
    .filter(({ phones }) => phones.length > 0 && !phones.includes(knownCaller.number));
  const regulars = Math.min(reachable.length, 500);
  return () => {
    if (random.chance(0.01)) return { ani: 'anonymous', language: 'en' };
    const one = reachable[random.int(0, (random.chance(0.6) ? regulars : reachable.length) - 1)];
    if (!one || random.chance(0.07))
      return {
        ani: `+1${STRANGERS_AREA}55501${String(random.int(0, 99)).padStart(2, '0')}`,
        language: 'en',
      };
    const ani = one.phones[random.int(0, one.phones.length - 1)] ?? sharedNumber;
    return {
      ani,
      customer: one.customer,
      pickedByAgent: (owners.get(ani) ?? 0) > 1,
      language: one.customer.language,
    };
  };
}

/** Which of the team are on this day, turning by the day; the pair of the morning is not that of the evening. */
function onShift(queue: DemoQueue, at: number, offset: number): readonly string[] {
  const team = teamOf(queue);
  const turn = Math.floor((at + offset) / (DAY / 2));
  return Array.from({ length: ON_SHIFT[queue] }, (_, i) => team[(turn + i) % team.length] ?? '');
}

/** One call from its arrival to the end of wrap-up; marks its agent busy. */
function playCall(call: Call, options: HistoryOptions, busyUntil: Map<string, number>): PastFact[] {
  const { random, id, offset } = options;
  const { at: start, queue, caller } = call;
  const facts: PastFact[] = [];
  const say = (at: number, fact: Fact, words?: readonly Op[]): void =>
    void facts.push({ at: Math.round(at), fact, ...(words && { words }) });
  const interactionId = id('int', start);
  const legs = { callId: id('call', start), interactionId };
  const work = { itemId: id('item', start), interactionId, queueId: queue };
  const customer = caller.customer && !caller.pickedByAgent ? { customerId: caller.customer.id } : {};
  const dnis = random.chance(0.6) ? '4000' : queueNumbers[queue];

  say(start, { type: 'call.arrived', ...legs, ...customer });
  say(
    start,
    { type: 'interaction.opened', interactionId, channel: 'call', direction: 'inbound', ...customer },
    openingOps({ interactionId, ani: caller.ani, dnis }),
  );
  const menu = dnis === '4000' ? random.int(6, 20) * SECOND : 0;
  if (menu > 0) say(start + 200, { type: 'call.answered', ...legs });
  const queued = start + menu + 300;
  say(queued, { type: 'interaction.queued', interactionId, queueId: queue });
  say(queued, { type: 'work.arrived', ...work, channel: 'call', priority: 0 });

  const [agentId = '', free = 0] = onShift(queue, start, offset)
    .map((agent): [string, number] => [agent, busyUntil.get(agent) ?? 0])
    .reduce((best, one) => (one[1] < best[1] ? one : best));
  const offered = Math.max(queued + 50, free + 500);
  const chosen = { why: 'longest-idle', among: 1 } as const;
  const answered = offered + random.logNormal(4000, 0.5);
  const patience = call.note
    ? Number.POSITIVE_INFINITY
    : random.chance(CHANGED_MIND)
      ? random.exponential(3000)
      : 4000 + random.exponential(130_000);
  if (queued + patience < answered) {
    const gone = queued + patience;
    if (gone > offered) {
      const offer = { ...work, offerId: id('offer', start), agentId };
      say(offered, { type: 'offer.made', ...offer, ...chosen, expiresAt: Math.round(offered) + 20_000 });
      say(gone, { type: 'offer.ended', ...offer, outcome: 'revoked' });
    }
    say(gone, { type: 'work.ended', ...work, end: 'abandoned' });
    say(gone, { type: 'call.ended', ...legs, end: 'caller-abandoned' });
    say(gone, { type: 'interaction.ended', interactionId, end: 'caller-abandoned' });
    return facts;
  }

  const offer = { ...work, offerId: id('offer', start), agentId };
  say(offered, { type: 'offer.made', ...offer, ...chosen, expiresAt: Math.round(offered) + 20_000 });
  say(answered, { type: 'offer.ended', ...offer, outcome: 'accepted' });
  if (menu === 0) say(answered, { type: 'call.answered', ...legs });
  say(answered, { type: 'interaction.assigned', interactionId, agentId });
  say(answered + 50, { type: 'call.bridged', ...legs, agentId });
  if (caller.customer && caller.pickedByAgent)
    say(answered + 8000, {
      type: 'interaction.matched',
      interactionId,
      customerId: caller.customer.id,
      agentId,
    });

  const template = call.note ?? random.pick(notes[queue][caller.language]);
  const [disposition] = template;
  const short = disposition === 'wrong-number' || disposition === 'dropped';
  const talk = Math.min(45 * 60 * SECOND, 12 * SECOND + random.logNormal(short ? 25_000 : 190_000, 0.6));
  const ended = answered + talk;
  if (talk > 120_000 && random.chance(0.25)) {
    const held = answered + talk * (0.2 + 0.4 * random.next());
    say(held, { type: 'call.held', ...legs, agentId });
    say(held + Math.min(talk * 0.3, random.logNormal(35_000, 0.5)), {
      type: 'call.retrieved',
      ...legs,
      agentId,
    });
  }
  const end = disposition === 'dropped' ? 'caller-connection-lost' : random.weighted(ENDS);
  const by = end === 'agent-hung-up' ? { agentId } : {};
  say(ended, { type: 'call.ended', ...legs, end, ...by });
  say(ended, { type: 'interaction.ended', interactionId, end, ...by });
  say(ended, { type: 'work.ended', ...work, end: 'completed', agentId });

  const { mode, ms } = WRAP_UP[queue];
  const wrap = Math.min(ms ?? 120_000, 4000 + random.logNormal(16_000, 0.6));
  const deadline = ms === null ? null : Math.round(ended) + ms;
  say(ended, { type: 'wrap-up.started', ...work, channel: 'call', agentId, mode, deadline });
  if (call.note || random.chance(0.94)) {
    const note = { interactionId, notes: fill(template[1], random, caller.language), rev: 1 };
    say(
      ended + wrap * 0.7,
      { type: 'interaction.noted', interactionId, agentId, rev: note.rev },
      wordsOps(note),
    );
    say(ended + wrap * 0.9, { type: 'interaction.disposed', interactionId, agentId, disposition });
  }
  say(ended + wrap, { type: 'wrap-up.ended', ...work, agentId });
  busyUntil.set(agentId, ended + wrap);
  return facts;
}
