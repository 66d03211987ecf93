import type { Kernel, Timer } from '#server/kernel/index.ts';
import type { RoutingService } from '#server/routing/index.ts';
import type { Recorded } from '#shared/model/facts/index.ts';

/** Counts of a queue reach its agents this late, many changes at once. */
const QUEUE_COUNTS_MS = 1_000;
const MINUTE_MS = 60_000;

/** Where desks are reached. */
export interface DeskLine {
  changed(topic: 'desk' | 'board', userId?: string): void;
  changedForAll(topic: 'desk' | 'board'): void;
  listsChanged(): void;
  connected(userId: string): boolean;
  socketCount(): number;
}

/**
 * Desks and boards follow what happens, not what is stored: a fact about an agent renews that agent's desk. Settings that
 * are stored renew all. Boards are renewed each whole minute too: queues open and close by the clock, and no fact says so.
 * When the database stops or begins to take writes, everybody is told.
 */
export function tellDesks(
  { journal, clock }: Pick<Kernel, 'journal' | 'clock'>,
  routing: Pick<RoutingService, 'agents'>,
  line: DeskLine,
): { stop(): void } {
  const queues = new Set<string>();
  let timer: Timer | undefined;
  const tellCounts = (): void => {
    timer = undefined;
    for (const agent of routing.agents())
      if (line.connected(agent.id) && agent.queues.some(({ queueId }) => queues.has(queueId)))
        line.changed('desk', agent.id);
    queues.clear();
  };
  const unfollow = journal.follow((fact: Recorded) => {
    if ('agentId' in fact && fact.agentId) line.changed('desk', fact.agentId);
    if ('queueId' in fact && line.socketCount() > 0) {
      queues.add(fact.queueId);
      timer ??= clock.after(QUEUE_COUNTS_MS, tellCounts);
    }
    line.changed('board');
  });
  // Notes, dispositions and settings are shown as they are stored: what is read as saved is saved, and what is set in force.
  const unsubscribe = journal.subscribe((facts) => {
    for (const fact of facts)
      if (fact.type === 'interaction.noted' || fact.type === 'interaction.disposed')
        line.changed('desk', fact.agentId);
    if (!facts.some(({ type }) => type === 'routing.changed')) return;
    line.changedForAll('desk');
    line.changed('board');
    line.listsChanged();
  });
  const stopHealth = journal.onHealth(() => {
    line.changedForAll('desk');
    line.changed('board');
  });
  let minute: Timer | undefined;
  const eachMinute = (): void => {
    minute = clock.after(MINUTE_MS - (clock.now() % MINUTE_MS), () => {
      line.changed('board');
      eachMinute();
    });
  };
  eachMinute();
  return {
    stop() {
      unfollow();
      unsubscribe();
      stopHealth();
      minute?.cancel();
      timer?.cancel();
    },
  };
}
