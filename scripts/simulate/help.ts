import type { ScenarioInput } from '#server/simulation/index.ts';

/** Stands in the help; a test runs it. */
export const example: ScenarioInput = {
  from: '08:00',
  halfHours: 4,
  queues: [
    { id: 'support', settings: { targetMs: 20_000, strategy: 'longest-idle' }, wrapUp: '20s' },
    { id: 'sales', settings: { tiersMs: [0, 15_000] }, shortAbandon: '5s' },
  ],
  work: [
    { queue: 'support', arrivals: [60, 90, 110, 80], handle: 'lognormal:180s:0.8', patience: '5m' },
    { queue: 'support', arrivals: 5, handle: '240s', patience: '10m', priority: 1, skills: { german: 3 } },
    { queue: 'sales', arrivals: { total: 200 }, handle: '150s', patience: '3m' },
  ],
  groups: [
    {
      id: 'support',
      agents: [10, 14, 16, 14],
      queues: ['support', 'sales:2'],
      skills: { german: 4 },
      answer: 'constant:3s',
      noAnswer: 0.01,
      decline: 0.01,
      back: '60s',
      phoneLoss: { every: '4h', lasts: '30s' },
    },
    { id: 'sales', agents: 7, queues: ['sales'] },
  ],
  restarts: [{ at: '09:15', down: '20s' }],
};

export const help = `The real routing core under a virtual clock. The same seed gives the same bytes.

  npm run simulate -- day [options]
    --calls 5000            a day of one queue, in the shape of an office day
    --from 08:00 --hours 12
    --aht 180s              talk time: 180s (exponential), lognormal:180s:0.8 (mean, deviation / mean),
                            constant:20s or empirical:30s,45s,2m
    --wrap-up constant:0s   the same
    --patience 5m           the same, or none
    --agents enough         so many all day, or as many each half-hour as theory wants for
    --level 80              this service level, in percent,
    --target 20s            within this time
    --scenario FILE         instead of all these: a day from a file, see below
    --replay PATH           or: a day that the journal of this data folder (or database) recorded:
      [--date 2026-03-02] [--from 08:00] [--hours 12] [--target 20s]
                            its arrivals and handle times, agents as they were there, patience estimated
    --days 1                so many, with seeds from --seed on; then with 99% intervals
    --seed 1
    --json FILE             every count and figure, by queue and half-hour
    --chart FILE.svg        or .html
  Prints service level, ASA, abandon and occupancy by queue and half-hour beside Erlang C (A with patience),
  and how far the expected waits told to callers were off.

  npm run simulate -- theory --arrivals 100/30m --aht 180s --agents 14 [--target 20s] [--patience 5m]
                             [--items 200000] [--seed 1] [--json]
    A steady load, exponential times, from one long run in batches: each figure with its 99% interval beside
    Erlang C, or Erlang A with --patience.

A scenario: times are 500ms, 20s, 5m or 1.5h; "arrivals" and "agents" one number or one for each half-hour;
"settings" are those of a queue in routing (without hours and wrap-up); "sales:2" is tier 2 of sales.
  work: queue, channel (call), arrivals (each half-hour | {"total"} | {"recorded": [[ms, handle ms or null], ...]}),
        handle, patience (for ever), priority (0), skills
  groups: id, agents, queues, skills, rank (100), capacity, interrupts, answer (constant:0s), noAnswer (0: share of
        offers left to ring out), back (constant:60s: until available again), decline (0), phoneLoss {every, lasts}

${JSON.stringify(example, null, 2)}`;
