import type { Fact, Recorded } from '#shared/model/facts/index.ts';
import type { ScenarioInput } from './scenario.core.ts';

const HALF_HOUR = 1_800_000;

interface Piece {
  readonly queueId: string;
  readonly channel: string;
  readonly at: number;
  answeredAt: number | undefined;
  abandonedAt: number | undefined;
  /** From the answer to the end of the wrap-up. */
  handleMs: number | null;
}

/**
 * A scenario from what a journal recorded between two instants: each piece of work arrives when it did and takes what
 * it took; what was not handled draws from what was handled in its queue. An agent serves the queues it took work of,
 * from its first fact to its last. Patience is exponential with the mean
 *
 *     all time waited / number that left,
 *
 * the maximum-likelihood estimate when most waits are cut short by an answer (Brown et al., JASA 100, 2005, 5.1).
 * Undefined when nothing was both asked for and taken.
 * @param facts in order
 * @param from local midnight plus the beginning, ms since the epoch
 */
export function scenarioFrom(
  facts: readonly Recorded[],
  from: number,
  halfHours: number,
  targetMs: number,
): Omit<ScenarioInput, 'from'> | undefined {
  const pieces = new Map<string, Piece>();
  const agents = new Map<string, { first: number; last: number; queues: Set<string> }>();
  const end = from + halfHours * HALF_HOUR;
  for (const fact of facts) {
    if (fact.at < from) continue;
    if (fact.at < end) seen(agents, fact);
    if (fact.type === 'work.arrived' && fact.at < end && fact.queueId !== 'direct') {
      const { queueId, channel, at } = fact;
      const open = { answeredAt: undefined, abandonedAt: undefined, handleMs: null };
      pieces.set(fact.itemId, { queueId, channel, at, ...open });
    } else if ('itemId' in fact && fact.itemId !== undefined) follow(pieces.get(fact.itemId), fact);
  }
  const queues = [...new Set([...pieces.values()].map(({ queueId }) => queueId))].sort();
  const work = queues.flatMap((queue) => workOf(queue, [...pieces.values()], from));
  const served = new Set(work.map(({ queue }) => queue));
  const groups = groupsOf(agents, served, from, halfHours);
  if (work.length === 0 || groups.length === 0) return undefined;
  return {
    halfHours,
    queues: [...served].map((id) => ({ id, settings: { targetMs } })),
    work,
    groups,
  };
}

type Timed = Fact & { readonly at: number };

function seen(agents: Map<string, { first: number; last: number; queues: Set<string> }>, fact: Timed): void {
  const working =
    fact.type === 'offer.made' ||
    fact.type === 'offer.ended' ||
    fact.type === 'wrap-up.ended' ||
    (fact.type === 'agent.state' && fact.state !== 'offline');
  if (!working) return;
  const agent = agents.get(fact.agentId) ?? { first: fact.at, last: fact.at, queues: new Set() };
  agent.last = fact.at;
  if (fact.type === 'offer.ended' && fact.outcome === 'accepted') agent.queues.add(fact.queueId);
  agents.set(fact.agentId, agent);
}

function follow(piece: Piece | undefined, fact: Timed): void {
  if (!piece) return;
  if (fact.type === 'offer.ended' && fact.outcome === 'accepted') piece.answeredAt ??= fact.at;
  else if (fact.type === 'work.ended' && fact.end === 'abandoned') piece.abandonedAt = fact.at;
  else if (fact.type === 'wrap-up.ended' || (fact.type === 'work.ended' && fact.end === 'completed'))
    if (piece.answeredAt !== undefined) piece.handleMs = fact.at - piece.answeredAt;
}

function workOf(queue: string, all: readonly Piece[], from: number): ScenarioInput['work'] {
  const pieces = all.filter((piece) => piece.queueId === queue);
  const handled = pieces.flatMap(({ handleMs }) => handleMs ?? []);
  if (handled.length === 0) return []; // nobody ever took any: nothing is known of it
  const left = pieces.filter(({ abandonedAt }) => abandonedAt !== undefined).length;
  const waited = pieces.reduce((sum, p) => sum + ((p.answeredAt ?? p.abandonedAt ?? p.at) - p.at), 0);
  const channel = pieces[0]?.channel as ScenarioInput['work'][number]['channel'];
  return [
    {
      queue,
      ...(channel ? { channel } : {}),
      arrivals: { recorded: pieces.map((piece) => [piece.at - from, piece.handleMs]) },
      handle: `empirical:${handled.map((ms) => `${ms}ms`).join(',')}`,
      ...(left > 0 && waited > 0 ? { patience: `${Math.round(waited / left)}ms` } : {}),
    },
  ];
}

/** Agents who serve the same queues, counted in each half-hour they were seen in or between. */
function groupsOf(
  agents: ReadonlyMap<string, { first: number; last: number; queues: Set<string> }>,
  served: ReadonlySet<string>,
  from: number,
  halfHours: number,
): ScenarioInput['groups'] {
  const groups = new Map<string, { queues: string[]; counts: number[] }>();
  for (const { first, last, queues } of agents.values()) {
    const mine = [...queues].filter((queue) => served.has(queue)).sort();
    if (mine.length === 0) continue;
    const key = mine.join(' ');
    const group = groups.get(key) ?? { queues: mine, counts: Array.from({ length: halfHours }, () => 0) };
    group.counts = group.counts.map((n, h) => {
      const [begins, ends] = [from + h * HALF_HOUR, from + (h + 1) * HALF_HOUR];
      return n + (first < ends && last >= begins ? 1 : 0);
    });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ queues, counts }, g) => ({
    id: `group${g + 1}`,
    agents: counts,
    queues,
  }));
}
