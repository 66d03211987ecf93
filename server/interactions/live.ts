import type { Journal } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts.ts';

/** What an agent can change of an interaction, as changed last: facts not committed yet included. */
export interface Held {
  agentId: string | null;
  endedAt: number | null;
  notes: string;
  rev: number;
  disposition: string | null;
  /** The newest fact appended through here; until it is committed the table is behind, so the entry must stay. */
  seq: number;
}

/**
 * The interactions in agents' hands, in memory.
 *
 *     get -> loaded from the table -> changed by the service (at once) and by committed facts
 *                  ^                          |
 *                  +---- forgotten: the least recently used, once everything in it is committed
 *
 * @param load reads the table; undefined for an unknown interaction
 * @param most entries kept
 */
export function createLive(journal: Journal, load: (id: string) => Held | undefined, most = 5000) {
  const entries = new Map<string, Held>();
  let committed = journal.lastSeq - journal.pending;

  const apply = (fact: Recorded): void => {
    if (!('interactionId' in fact)) return;
    const held = entries.get(fact.interactionId);
    if (!held) return;
    if (fact.type === 'interaction.assigned') held.agentId = fact.agentId;
    else if (fact.type === 'interaction.ended') held.endedAt ??= fact.at;
    else if (fact.type === 'interaction.disposed' && fact.seq > held.seq) held.disposition = fact.disposition;
    else if (fact.type === 'interaction.noted' && fact.rev > held.rev) {
      held.notes = fact.notes;
      held.rev = fact.rev;
    }
  };
  journal.subscribe((facts) => {
    for (const fact of facts) apply(fact);
    committed = facts.at(-1)?.seq ?? committed;
  });

  const forget = (): void => {
    for (const [id, held] of entries) {
      if (entries.size <= most) return;
      if (held.seq <= committed) entries.delete(id);
    }
  };

  return {
    get(id: string): Held | undefined {
      const held = entries.get(id) ?? load(id);
      if (!held) return undefined;
      entries.delete(id); // again at the end: the order of the map is the order of use
      entries.set(id, held);
      if (entries.size > most) forget();
      return held;
    },
    /** As `get`, but nothing is loaded for it. */
    peek: (id: string): Held | undefined => entries.get(id),
    get size(): number {
      return entries.size;
    },
  };
}
