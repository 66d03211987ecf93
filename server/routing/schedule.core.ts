import type { QueueSettings, Skills } from '#shared/model/routing.ts';
import { ALL_TIERS } from './crowd.core.ts';
import type { ItemRecord } from './records.core.ts';

/** What an item asks for after having waited for a while, and when that changes next. */
export interface Asks {
  readonly skills: readonly (readonly [id: string, level: number])[];
  /** Highest tier that may be asked; 0: none yet. */
  readonly tier: number;
}

const NOTHING: Skills = {};

export function asksAfter({ item, queue }: Pick<ItemRecord, 'item' | 'queue'>, waitedMs: number): Asks {
  const { settings } = queue;
  return {
    skills: relaxed(settings, item.skills, waitedMs),
    tier: openTier(settings.tiersMs, waitedMs),
  };
}

function openTier(tiersMs: readonly number[], waitedMs: number): number {
  let open = 0;
  while (open < tiersMs.length && waitedMs >= (tiersMs[open] as number)) open += 1;
  return open === tiersMs.length ? ALL_TIERS : open;
}

/** The queue's and the item's own skills (the higher level counts), less what the rings so far let go. */
function relaxed(settings: QueueSettings, own: Skills = NOTHING, waitedMs: number): Asks['skills'] {
  if (settings.relax.length === 0 && Object.keys(settings.skills).length === 0)
    return inOrder(Object.entries(own));
  const asked = new Map(Object.entries(settings.skills));
  for (const [id, level] of Object.entries(own)) asked.set(id, Math.max(asked.get(id) ?? 0, level));
  let lower = 0;
  for (const step of settings.relax) {
    if (waitedMs < step.afterMs) break;
    lower += step.lower;
    for (const id of step.drop) asked.delete(id);
  }
  return inOrder([...asked].map(([id, level]) => [id, Math.max(1, level - lower)]));
}

const inOrder = (skills: [string, number][]): Asks['skills'] =>
  skills.length < 2 ? skills : skills.sort(([a], [b]) => (a < b ? -1 : 1));

/** Waiting times at which something changes for the items of this queue, in any order. */
export function* changesOf({ relax, tiersMs, overflow }: QueueSettings): Generator<number> {
  for (const step of relax) yield step.afterMs;
  yield* tiersMs;
  for (const rule of overflow) if (rule.when === 'waited') yield rule.value;
}

/** The first instant after `now` at which an item that waits on must be looked at again; undefined: never. */
export function nextChange(
  { item, queue, arrivedAt, queuedAt }: ItemRecord,
  now: number,
): number | undefined {
  let next: number | undefined;
  const consider = (at: number) => {
    if (at > now && (next === undefined || at < next)) next = at;
  };
  for (const waitedMs of changesOf(queue.settings)) consider(queuedAt + waitedMs);
  if (item.preferred) consider(arrivedAt + item.preferred.holdMs);
  return next;
}
