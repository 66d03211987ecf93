import type { Board } from '#shared/contract/views.ts';
import type { RoutingState } from '#shared/model/states.ts';

/** What a supervisor looks for first comes first. */
const rank: Readonly<Record<RoutingState, number>> = {
  'not-responding': 0,
  offered: 1,
  'on-work': 2,
  'wrap-up': 3,
  'not-ready': 4,
  idle: 5,
  offline: 6,
};

/** By state, and within a state the longest in it first; equal ones by name, so that rows do not jump about. */
export function byUrgency(agents: Board['agents']): Board['agents'] {
  return [...agents].sort(
    (a, b) =>
      rank[a.state] - rank[b.state] ||
      a.since - b.since ||
      a.name.localeCompare(b.name) ||
      (a.id < b.id ? -1 : 1),
  );
}
