import type {
  AgentSettings,
  Effect,
  NewWorkItem,
  QueueSettings,
  RoutingEvent,
} from '#server/routing/index.ts';
import { queueDefaults } from '#shared/model/routing.ts';

/** Whatever decides: takes an event at an instant (ms) and says what follows; of that, only offers are read here. */
export type Picker = (event: RoutingEvent, now: number) => readonly Effect[];

export interface Shape {
  readonly agents: number;
  readonly queues: number;
  readonly skills: number;
  readonly queuesEach: number;
  /** Things an agent knows, from and to. */
  readonly skillsEach: readonly [number, number];
}

export const CENTRE: Omit<Shape, 'agents'> = { queues: 10, skills: 50, queuesEach: 3, skillsEach: [3, 6] };

export interface Workload {
  readonly queues: readonly QueueSettings[];
  readonly agents: readonly AgentSettings[];
  /** A new call: in a random queue, asking for one or two skills at levels 1 to 4. */
  readonly next: () => NewWorkItem;
}

/**
 * A centre and its calls, the same for the same seed. What a call asks for is drawn from what a random agent of its
 * queue knows: were any two of fifty skills asked for, most calls would fit nobody and only they would be waiting.
 */
export function workload(shape: Shape, random: () => number): Workload {
  const int = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const queues = names('queue', shape.queues).map(
    (id): QueueSettings => ({ ...queueDefaults, id, name: id, targetMs: 20_000 }),
  );
  const skills = names('skill', shape.skills);
  const agents = names('agent', shape.agents).map((id, index): AgentSettings => {
    const known = some(skills, int(...shape.skillsEach), int);
    return {
      id,
      // The first queue by turns, so that none is without agents.
      queues: [
        index % queues.length,
        ...some(range(queues.length), shape.queuesEach - 1, int, index % queues.length),
      ].map((queue) => ({ queueId: queues[queue]?.id ?? '', tier: 1 })),
      skills: Object.fromEntries(known.map((skill) => [skill, int(1, 5)])),
      capacity: { call: 1 },
      interrupts: {},
      rank: 100,
    };
  });
  const known = agents.map((agent) => Object.entries(agent.skills));
  let items = 0;
  const next = (): NewWorkItem => {
    const who = int(0, agents.length - 1);
    const serves = agents[who]?.queues ?? [];
    const asked: Record<string, number> = {};
    for (const [skill, level] of some(known[who] ?? [], int(1, 2), int))
      asked[skill] = int(1, Math.min(4, level));
    items += 1;
    return {
      id: `item-${items}`,
      interactionId: `call-${items}`,
      channel: 'call',
      queueId: serves[int(0, serves.length - 1)]?.queueId ?? '',
      priority: int(0, 2),
      skills: asked,
    };
  };
  return { queues, agents, next };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const names = (kind: string, count: number): string[] => range(count).map((i) => `${kind}-${i + 1}`);

/** `count` different members, but for `without`. */
function some<T>(
  list: readonly T[],
  count: number,
  int: (low: number, high: number) => number,
  without?: T,
): T[] {
  const left = list.filter((member) => member !== without);
  const taken: T[] = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(int(0, left.length - 1), 1));
  return taken;
}

/** The events that open a centre: its queues, then every agent with a phone and available. */
export function* opening({ queues, agents }: Workload): Generator<RoutingEvent> {
  for (const queue of queues) yield { type: 'queue.set', queue };
  for (const agent of agents) {
    yield { type: 'agent.set', agent };
    yield { type: 'reachable.set', agentId: agent.id, reachable: true };
    yield { type: 'presence.set', agentId: agent.id, presence: 'available', reason: undefined };
  }
}

/**
 * A closed loop: a fixed number of calls in the centre, waiting or talking. Offers are accepted at once; whenever a
 * random talk ends, a new call comes. Time goes on by 1 ms an event.
 */
export class Loop {
  events = 0;
  /** Events that led to an offer. */
  decisions = 0;
  /** Inside the picker: making up calls takes as long as a decision. */
  ns = 0;
  readonly #picker: Picker;
  readonly #workload: Workload;
  readonly #random: () => number;
  /** Told how long each decision took, in ns. */
  readonly #took: (ns: number) => void;
  #now = 1_700_000_000_000;
  readonly #inHands: string[] = [];

  /** Opens the centre and lets `calls` come. */
  constructor(
    picker: Picker,
    workload: Workload,
    calls: number,
    random: () => number,
    took: (ns: number) => void = () => {},
  ) {
    this.#picker = picker;
    this.#workload = workload;
    this.#random = random;
    this.#took = took;
    for (const event of opening(workload)) this.#do(event);
    for (let i = 0; i < calls; i++) this.#do({ type: 'item.arrived', item: workload.next() });
  }

  get talking(): number {
    return this.#inHands.length;
  }

  /** A talk ends, a call comes. Throws when nobody talks: then nothing would ever happen again. */
  step(): void {
    const talks = this.#inHands;
    const ended = Math.floor(this.#random() * talks.length);
    const itemId = talks[ended];
    const last = talks.pop();
    if (itemId === undefined || last === undefined) throw new Error('nobody has any work');
    if (ended < talks.length) talks[ended] = last;
    this.#do({ type: 'work.ended', itemId });
    this.#do({ type: 'item.arrived', item: this.#workload.next() });
  }

  #do(event: RoutingEvent): void {
    this.#now += 1;
    this.events += 1;
    const began = process.hrtime.bigint();
    const effects = this.#picker(event, this.#now);
    const took = Number(process.hrtime.bigint() - began);
    this.ns += took;
    let decided = false;
    for (const effect of effects) {
      if (effect.type !== 'offer') continue;
      decided = true;
      this.#do({ type: 'offer.accepted', offerId: effect.offer.id });
      this.#inHands.push(effect.offer.itemId);
    }
    if (!decided) return;
    this.decisions += 1;
    this.#took(took);
  }
}
