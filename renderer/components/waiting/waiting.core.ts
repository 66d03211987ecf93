import type { WorkItemView } from '#shared/contract/routing.ts';
import { type NotMine, notMineSchema } from '#shared/model/states.ts';

const TERMS = ['priority', 'ageing', 'urgency', 'boost'] as const;
export type Term = (typeof TERMS)[number];

/** Terms that say something, in the order of the formula, in whole points. */
export function scoreRows({ score }: Pick<WorkItemView, 'score'>): readonly (readonly [Term, number])[] {
  const rows = TERMS.map((term) => [term, whole(score[term])] as const);
  return rows.filter(([term, points]) => points !== 0 || term === 'ageing');
}

/** The terms as shown add up to the total as shown. */
export const totalOf = (item: Pick<WorkItemView, 'score'>): number =>
  scoreRows(item).reduce((sum, [, points]) => sum + points, 0);

/** Never `-0`. */
const whole = (points: number): number => Math.round(points) || 0;

/** Why each agent of the queue has not got it, the most common reason first; reasons of nobody are left out. */
export function reasonsOf(agents: WorkItemView['agents']): readonly (readonly [NotMine, number])[] {
  return notMineSchema.options
    .map((reason) => [reason, agents[reason] ?? 0] as const)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1]);
}

/** Due or overdue, and by how much, ms. */
export function dueIn(dueAt: number, now: number): { readonly late: boolean; readonly ms: number } {
  return dueAt < now ? { late: true, ms: now - dueAt } : { late: false, ms: dueAt - now };
}
