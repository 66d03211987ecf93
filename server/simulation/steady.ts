import type { AgentSettings, NewWorkItem, QueueSettings } from '#server/routing/types.ts';
import { profileDefaults, queueDefaults } from '#shared/model/routing.ts';
import { Batches, type Measured } from './batches.ts';
import { Centre, type Habits, steadyHand } from './centre.ts';
import { type Distribution, sample } from './distribution.core.ts';
import type { Estimate } from './interval.core.ts';
import { Ledger } from './ledger.ts';
import { exponential, stream } from './random.core.ts';

/** Work that arrives by chance at a constant rate. */
export interface Stream {
  readonly queueId: string;
  /** Arrivals per ms. */
  readonly rate: number;
  readonly handle: Distribution;
  /** Undefined: nobody ever leaves. */
  readonly patience: Distribution | undefined;
  readonly asks?: Partial<Pick<NewWorkItem, 'priority' | 'skills'>>;
}

/** A centre whose load does not change, as queueing theory has it. */
export interface SteadySetup {
  readonly queues: readonly (Partial<QueueSettings> & { readonly id: string })[];
  readonly streams: readonly Stream[];
  readonly groups: readonly {
    readonly agents: number;
    readonly queues: AgentSettings['queues'];
    readonly skills?: AgentSettings['skills'];
    readonly habits?: Habits;
  }[];
}

export interface SteadyOptions {
  /** Arrivals that are measured, after `warmUp` that are not. */
  readonly items: number;
  readonly warmUp: number;
  readonly seed: number;
  /** Counted against the service level; 0, all of them, unless given. */
  readonly shortMs?: number;
  /** Look every so many ms how many wait. */
  readonly look?: number;
  /** Told now and then which share is done. */
  readonly onProgress?: (share: number) => void;
}

export interface SteadyResult {
  readonly all: Measured;
  /** In the order of the streams; occupancy is that of everybody. */
  readonly streams: readonly Measured[];
  /** How many waited at a time, as the core itself said; only with `look`. */
  readonly queueLength: Estimate | undefined;
}

/**
 * Runs the real routing core under a steady load, from an empty centre. The first `warmUp` arrivals are not measured.
 * Arrivals go on until the last measured item is served, so that it meets the same load as all others.
 */
export function runSteady(setup: SteadySetup, options: SteadyOptions): SteadyResult {
  const thresholds = setup.queues.map(({ id, targetMs = queueDefaults.targetMs }) => {
    return [id, { targetMs, shortMs: options.shortMs ?? 0 }] as const;
  });
  const batches = new Batches(setup.streams.length, options, new Map(thresholds));
  const ledger = new Ledger(batches, () => 'all');
  const centre = new Centre(options.seed, ledger);
  batches.watch({
    now: () => centre.now,
    time: () => ledger.time('all', centre.now),
  });
  openQueues(centre, setup.queues);
  openGroups(centre, setup.groups);
  setup.streams.forEach((work, s) => {
    startStream(centre, work, s, options.seed);
  });
  const { look } = options;
  if (look !== undefined) {
    const again = (): void => {
      const seen = setup.queues.map(({ id }) => centre.core.queue(id, centre.now)?.waiting ?? 0);
      batches.looked(seen.reduce((sum, waiting) => sum + waiting, 0));
      centre.at(centre.now + look, again);
    };
    centre.at(look, again);
  }
  centre.run(() => batches.done);
  return batches.result();
}

function openQueues(centre: Centre, queues: SteadySetup['queues']): void {
  for (const more of queues) centre.setQueue({ ...queueDefaults, name: more.id, ...more }, undefined);
}

function openGroups(centre: Centre, groups: SteadySetup['groups']): void {
  const { capacity } = profileDefaults;
  groups.forEach(({ agents, queues, skills = {}, habits = steadyHand }, g) => {
    for (let n = 0; n < agents; n++) {
      const id = `g${g}-${n}`;
      centre.addAgent({ id, queues, skills, rank: 100, capacity, interrupts: {} }, habits);
      centre.presence(id, 'available');
    }
  });
}

function startStream(centre: Centre, work: Stream, number: number, seed: number): void {
  const arrivals = stream(seed, `arrivals ${number}`);
  const lives = stream(seed, `lives ${number}`);
  const { queueId, handle, patience, asks, rate } = work;
  let n = 0;
  const next = (): void => centre.at(centre.now + exponential(arrivals, 1 / rate), arrive);
  const arrive = (): void => {
    const id = `${number}-${++n}`;
    centre.arrive({
      item: { id, interactionId: id, channel: 'call', queueId, priority: 0, ...asks },
      handleMs: sample(handle, lives),
      patienceMs: patience && sample(patience, lives),
    });
    next();
  };
  next();
}
