import { profileDefaults } from '#shared/model/routing.ts';
import { Centre, type Job } from './centre.ts';
import { sample } from './distribution.core.ts';
import {
  type AgentTime,
  addTally,
  count,
  emptyTally,
  type Figures,
  figuresOf,
  type Served,
  type Tally,
} from './figures.core.ts';
import { type Counted, Ledger, type Reader } from './ledger.ts';
import { type Planned, plan } from './pools.core.ts';
import { exponential, stream } from './random.core.ts';
import { agentsOf, arrivalsOf, type Group, HALF_HOUR, type Scenario, type Work } from './scenario.core.ts';

/** How long after the last half-hour agents stay for what still waits. */
const OVERTIME = 8 * HALF_HOUR;

/** Counts and figures of one queue in one stretch of time. */
export interface Line {
  readonly tally: Tally;
  readonly time: AgentTime;
  readonly figures: Figures;
}
export interface HalfHour extends Line {
  /** ms since midnight. */
  readonly from: number;
  readonly planned: Planned;
}
export interface QueueDay extends Line {
  readonly id: string;
  readonly halfHours: readonly HalfHour[];
}
export interface DayResult {
  readonly all: Line;
  readonly queues: readonly QueueDay[];
  /** When the last work was over, ms since midnight. */
  readonly endedAt: number;
}

/**
 * Runs a scenario through the real routing core. Work is counted in the queue and the half-hour it came into. Agents
 * who sign out finish what they have in hand; those of the last half-hour stay, at most four hours, until nothing waits.
 */
export function runDay(
  scenario: Scenario,
  seed: number,
  onProgress: (share: number) => void = () => {},
): DayResult {
  const { from, halfHours } = scenario;
  const end = from + halfHours * HALF_HOUR;
  const counts = new Counts(scenario);
  const ledger = new Ledger(counts, (agentId) => agentId.slice(0, agentId.lastIndexOf('-')));
  const centre = new Centre(seed, ledger);
  centre.now = from;
  for (const { settings, wrapUp } of scenario.queues) centre.setQueue(settings, wrapUp);
  for (const group of scenario.groups) staff(centre, group, scenario);
  scenario.work.forEach((work, w) => {
    const lives = stream(seed, `lives ${w}`);
    let n = 0;
    const arrive = (recorded: number | null): void =>
      centre.arrive(jobOf(work, `${w}-${++n}`, recorded ?? sample(work.handle, lives), lives));
    const { arrivals } = work;
    if (typeof arrivals === 'object' && 'recorded' in arrivals)
      replay(centre, arrivals.recorded, from, end, arrive);
    else
      poisson(centre, arrivalsOf(work, halfHours), from, stream(seed, `arrivals ${w}`), () => arrive(null));
  });
  for (const { at, down } of scenario.restarts) centre.at(at, () => centre.restart(down));
  for (let h = 0; h <= halfHours; h++)
    centre.at(from + h * HALF_HOUR, () => {
      counts.edge(scenario.groups.map(({ id }) => ({ ...ledger.time(id, centre.now) })));
      onProgress(h / halfHours);
    });
  const over = () => centre.openItems === 0 && ledger.wrapUps === 0;
  centre.run(() => counts.complete && (over() || centre.now > end + OVERTIME));
  ledger.close(centre.now);
  return counts.result(centre.now);
}

function jobOf(work: Work, id: string, handleMs: number, lives: () => number): Job {
  const { queue: queueId, channel, priority, skills, patience } = work;
  return {
    item: { id, interactionId: id, channel, queueId, priority, ...(skills ? { skills } : {}) },
    handleMs,
    patienceMs: patience && sample(patience, lives),
  };
}

/** Arrivals one after the other, the rate changing with the half-hour (by thinning nothing: rates are steps). */
function poisson(
  centre: Centre,
  means: readonly number[],
  from: number,
  random: () => number,
  arrive: () => void,
): void {
  // Time in units of one expected arrival runs evenly; each is put where the sum of the rates has grown so far.
  let due = 0;
  let h = 0;
  let before = 0;
  const next = (): void => {
    due += exponential(random, 1);
    while (h < means.length && due >= before + (means[h] ?? 0)) before += means[h++] ?? 0;
    const mean = means[h];
    if (mean === undefined) return;
    centre.at(from + (h + (due - before) / mean) * HALF_HOUR, () => {
      arrive();
      next();
    });
  };
  next();
}

function replay(
  centre: Centre,
  recorded: readonly (readonly [at: number, handleMs: number | null])[],
  from: number,
  end: number,
  arrive: (handleMs: number | null) => void,
): void {
  const inOrder = [...recorded].sort((a, b) => a[0] - b[0]);
  let n = 0;
  const next = (): void => {
    const work = inOrder[n++];
    if (!work || from + work[0] >= end) return;
    centre.at(from + work[0], () => {
      arrive(work[1]);
      next();
    });
  };
  next();
}

/** The first so many of a group are signed in, each half-hour. */
function staff(centre: Centre, group: Group, { from, halfHours }: Scenario): void {
  const most = Math.max(...[group.agents].flat());
  const { skills, rank, queues, answer, noAnswer, decline, back, phoneLoss } = group;
  const interrupts = group.interrupts ?? profileDefaults.interrupts;
  const settings = {
    queues,
    skills,
    rank,
    capacity: group.capacity ?? profileDefaults.capacity,
    interrupts: Object.fromEntries(Object.entries(interrupts).map(([over, under]) => [over, [...under]])),
  };
  const habits = { answer, noAnswer, decline, back, phoneLoss };
  for (let n = 0; n < most; n++) centre.addAgent({ id: `${group.id}-${n}`, ...settings }, habits);
  let on = 0;
  for (let h = 0; h < halfHours; h++) {
    const wanted = agentsOf(group, h);
    centre.at(from + h * HALF_HOUR, () => {
      while (on < wanted) centre.presence(`${group.id}-${on++}`, 'available');
      while (on > wanted) centre.presence(`${group.id}-${--on}`, 'offline');
    });
  }
}

/** Tallies by queue and half-hour, and the agents' time at the edges between half-hours. */
class Counts implements Reader {
  readonly #scenario: Scenario;
  readonly #tallies: ReadonlyMap<string, Tally[]>;
  readonly #thresholds: ReadonlyMap<string, { targetMs: number; shortMs: number }>;
  /** At each edge, by group. */
  readonly #edges: AgentTime[][] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const hours = () => Array.from({ length: scenario.halfHours }, emptyTally);
    this.#tallies = new Map(scenario.queues.map(({ id }) => [id, hours()]));
    this.#thresholds = new Map(
      scenario.queues.map(({ id, settings, shortAbandon }) => [
        id,
        { targetMs: settings.targetMs, shortMs: shortAbandon },
      ]),
    );
  }

  edge(byGroup: AgentTime[]): void {
    this.#edges.push(byGroup);
  }

  get complete(): boolean {
    return this.#edges.length > this.#scenario.halfHours;
  }

  onArrived(): void {}
  onServed(work: Counted, served: Served): void {
    const thresholds = this.#thresholds.get(work.queueId);
    if (thresholds) count(this.#tally(work.queueId, work.arrivedAt), served, thresholds);
  }
  onHandled(work: Counted, talkMs: number): void {
    const tally = this.#tally(work.queueId, work.arrivedAt);
    tally.handled += 1;
    tally.handleMs += talkMs;
  }
  onWrappedUp(work: Counted, wrapUpMs: number): void {
    this.#tally(work.queueId, work.arrivedAt).handleMs += wrapUpMs;
  }
  onRefused(queueId: string, now: number): void {
    this.#tally(queueId, now).refused += 1;
  }

  #tally(queueId: string, at: number): Tally {
    const tally = this.#tallies.get(queueId)?.[Math.floor((at - this.#scenario.from) / HALF_HOUR)];
    if (!tally) throw new Error(`nothing arrives in ${queueId} then`);
    return tally;
  }

  result(endedAt: number): DayResult {
    const { queues, halfHours, from } = this.#scenario;
    const plans = plan(this.#scenario);
    const all = emptyTally();
    const days = queues.map(({ id }): QueueDay => {
      const sum = emptyTally();
      const hours = (this.#tallies.get(id) ?? []).map((tally, h): HalfHour => {
        addTally(sum, tally);
        const planned = plans.get(id)?.[h];
        if (!planned) throw new Error(`no plan for ${id}`);
        return { from: from + h * HALF_HOUR, ...lineOf(tally, this.#time(h, h + 1, id)), planned };
      });
      addTally(all, sum);
      return { id, ...lineOf(sum, this.#time(0, halfHours, id)), halfHours: hours };
    });
    return { all: lineOf(all, this.#time(0, halfHours, undefined)), queues: days, endedAt };
  }

  /** Time of the groups that serve a queue (all of them, without one) from one edge to another. */
  #time(first: number, last: number, queueId: string | undefined): AgentTime {
    let busyMs = 0;
    let idleMs = 0;
    this.#scenario.groups.forEach(({ queues }, g) => {
      if (queueId !== undefined && !queues.some((serves) => serves.queueId === queueId)) return;
      const [from, to] = [this.#edges[first]?.[g], this.#edges[last]?.[g]];
      if (!from || !to) throw new Error('the day was not run to its end');
      busyMs += to.busyMs - from.busyMs;
      idleMs += to.idleMs - from.idleMs;
    });
    return { busyMs, idleMs };
  }
}

export const lineOf = (tally: Tally, time: AgentTime): Line => ({
  tally,
  time,
  figures: figuresOf(tally, time),
});
