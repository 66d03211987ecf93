import type { Recorded } from '#shared/model/facts.ts';
import type { Gateway } from './api/index.ts';
import type { Kernel, Timer } from './kernel/index.ts';
import type { RoutingService } from './routing/index.ts';

/** Counts of a queue reach its agents this late, many changes at once. */
const QUEUE_COUNTS_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * Desks and boards follow the journal: a fact about an agent renews that agent's desk, one of administration all. Boards
 * are renewed each whole minute too: queues open and close by the clock, and no fact says so.
 */
export function tellDesks(
  { journal, clock }: Pick<Kernel, 'journal' | 'clock'>,
  routing: Pick<RoutingService, 'agents'>,
  gateway: Pick<Gateway, 'connected' | 'deskChanged' | 'listsChanged' | 'boardChanged' | 'socketCount'>,
): { stop(): void } {
  const queues = new Set<string>();
  let timer: Timer | undefined;
  const tellCounts = (): void => {
    timer = undefined;
    for (const agent of routing.agents())
      if (gateway.connected(agent.id) && agent.queues.some(({ queueId }) => queues.has(queueId)))
        gateway.deskChanged(agent.id);
    queues.clear();
  };
  const unsubscribe = journal.subscribe((facts: readonly Recorded[]) => {
    for (const fact of facts) {
      if ('agentId' in fact && fact.agentId) gateway.deskChanged(fact.agentId);
      if (fact.type === 'routing.changed') {
        for (const { id } of routing.agents()) gateway.deskChanged(id);
        gateway.listsChanged();
      }
      if ('queueId' in fact && gateway.socketCount() > 0) {
        queues.add(fact.queueId);
        timer ??= clock.after(QUEUE_COUNTS_MS, tellCounts);
      }
    }
    gateway.boardChanged();
  });
  let minute: Timer | undefined;
  const eachMinute = (): void => {
    minute = clock.after(MINUTE_MS - (clock.now() % MINUTE_MS), () => {
      gateway.boardChanged();
      eachMinute();
    });
  };
  eachMinute();
  return {
    stop() {
      unsubscribe();
      minute?.cancel();
      timer?.cancel();
    },
  };
}
