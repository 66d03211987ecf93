import type { Kernel } from '#server/kernel/index.ts';
import type { Principal } from '#server/people/index.ts';
import type { FactOf } from '#shared/model/facts.ts';

export type Changed = FactOf<'routing.changed'>['what'];

/** The audit line of administration, written once a change is made. Desks and boards follow it. */
export function recordChange(
  { journal }: Kernel,
  { user }: Principal,
  what: Changed,
  subject: string,
  change: 'set' | 'removed',
): void {
  journal.append({ type: 'routing.changed', by: user.id, what, subject, change });
}
