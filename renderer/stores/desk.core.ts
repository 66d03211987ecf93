import type { Desk } from '#shared/contract/desk.ts';
import type { Pop } from '#shared/contract/interactions.ts';
import type { Presence } from '#shared/model/states.ts';

/**
 * Is `incoming` to replace `current`? Within one epoch the higher revision wins; an equal one is the same desk sent
 * again after a reconnect. Another epoch is a restarted server, unless that epoch was already left behind.
 */
export function isNewer(
  current: Pick<Desk, 'epoch' | 'rev'> | undefined,
  incoming: Pick<Desk, 'epoch' | 'rev'>,
  retired: ReadonlySet<string>,
): boolean {
  if (retired.has(incoming.epoch)) return false;
  return current === undefined || current.epoch !== incoming.epoch || incoming.rev >= current.rev;
}

/** What the agent must be told, beyond seeing the new desk. `name` is the caller's. */
export type Happening =
  | { readonly kind: 'restarted' }
  | { readonly kind: 'restarted-call-lost'; readonly name: string }
  | { readonly kind: 'call-lost'; readonly name: string }
  | { readonly kind: 'call-ended'; readonly interactionId: string };

/** The caller's name if known, else the number; undefined for a hidden number. */
export function callerName(work: { readonly number: string; readonly pop: Pop }): string | undefined {
  return (
    work.pop.customer?.name ?? (work.number === '' || work.number === 'anonymous' ? undefined : work.number)
  );
}

const inCall = (desk: Desk) => (desk.work !== null && desk.work.phase !== 'wrap-up' ? desk.work : undefined);

/** `away`: the connection was lost between the two. */
export function happenings(before: Desk | undefined, after: Desk, away: boolean): Happening[] {
  if (before === undefined) return [];
  const call = inCall(before);
  const callGone = call !== undefined && inCall(after)?.interactionId !== call.interactionId;
  if (before.epoch !== after.epoch) {
    if (call === undefined || !callGone) return [{ kind: 'restarted' }];
    return [{ kind: 'restarted-call-lost', name: callerName(call) ?? '' }];
  }
  if (call === undefined || !callGone) return [];
  if (away) return [{ kind: 'call-lost', name: callerName(call) ?? '' }];
  return [{ kind: 'call-ended', interactionId: call.interactionId }];
}

/** What one press of the presence button asks for: the opposite of what the agent is, or will be after this work. */
export function toggleTarget(desk: Pick<Desk, 'presence' | 'next' | 'state'>): Presence {
  if (desk.state === 'not-responding') return 'available';
  const planned = desk.next?.presence ?? desk.presence;
  return planned === 'available' ? 'not-ready' : 'available';
}

export type WorkRow =
  | { readonly kind: 'offer'; readonly offer: NonNullable<Desk['offer']> }
  | { readonly kind: 'work'; readonly work: NonNullable<Desk['work']> };

/** The ranked list: what rings comes first, because somebody is waiting for it. */
export function workRows(desk: Desk): WorkRow[] {
  const rows: WorkRow[] = [];
  if (desk.offer !== null) rows.push({ kind: 'offer', offer: desk.offer });
  if (desk.work !== null) rows.push({ kind: 'work', work: desk.work });
  return rows;
}
