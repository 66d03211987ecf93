import { asksOf } from './lanes.core.ts';
import type { ItemRecord, QueueRecord } from './records.core.ts';
import type { AgentSettings } from './types.ts';

/** What an agent would serve, and with which skills. */
export type Serving = Pick<AgentSettings, 'queues' | 'skills'>;

/**
 * R30 Queues in which something waits or is offered, and that agents serve, or whose work an agent has the skills for,
 * and none would if these agents served like this. Tiers and what agents are doing are not looked at: both change with
 * time. Of all that asks for the same skills one is looked at.
 */
export function stranded(
  queues: readonly QueueRecord[],
  items: readonly ItemRecord[],
  changed: ReadonlyMap<string, Serving>,
  now: number,
): string[] {
  const asked = new Map<QueueRecord, Map<string, readonly (readonly [id: string, level: number])[]>>();
  for (const item of items) {
    if (item.state === 'in-hands' || item.item.onlyAgent !== undefined) continue;
    const { skills } = asksOf({ ...item, item: { ...item.item, preferred: undefined } }, now);
    const known = asked.get(item.queue) ?? new Map();
    known.set(
      skills.map(({ id, level }) => `${id}=${level}`).join('/'),
      skills.map(({ id, level }) => [id, level] as const),
    );
    asked.set(item.queue, known);
  }
  return queues.flatMap((queue) => {
    const { id } = queue.settings;
    const seats = [...queue.seats.values()];
    const before = seats.map(({ agent }) => agent.settings);
    const joining = [...changed.values()].filter(({ queues: serves }) =>
      serves.some((q) => q.queueId === id),
    );
    const staying = before.filter((agent) => !changed.has(agent.id));
    const lost = [...(asked.get(queue)?.values() ?? [])].some((skills) => {
      const knows = (agent: Serving) => skills.every(([skill, level]) => (agent.skills[skill] ?? 0) >= level);
      const lose = (may: (agent: Serving) => boolean) =>
        before.some(may) && !staying.some(may) && !joining.some(may);
      return lose(() => true) || lose(knows);
    });
    return lost ? [id] : [];
  });
}
