import type { NewWorkItem } from '#server/routing/types.ts';
import type { Fact } from '#shared/model/facts/index.ts';
import type { Watcher } from './centre.ts';
import type { AgentTime, Outcome, Served } from './figures.core.ts';

/** One piece of work as it is counted: in the queue and at the instant it first came into. */
export interface Counted {
  readonly itemId: string;
  readonly queueId: string;
  readonly arrivedAt: number;
  /** From 0, in the order of arrival. */
  readonly index: number;
}

export interface Reader {
  onArrived(work: Counted): void;
  onServed(work: Counted, served: Served): void;
  /** The customer is gone. `talkMs`: from the answer to here. */
  onHandled(work: Counted, talkMs: number): void;
  onWrappedUp(work: Counted, wrapUpMs: number): void;
  onRefused(queueId: string, now: number): void;
}

interface Entry extends Counted {
  readonly ewtMs: number | undefined;
  answeredAt: number | undefined;
}

/**
 * Reads the facts of a simulated centre as reports read the journal. S2 Every piece of work that arrived is served
 * exactly once: answered, abandoned, overflowed, lost or left.
 */
export class Ledger implements Watcher {
  readonly #reader: Reader;
  readonly #open = new Map<string, Entry>();
  readonly #wrappingUp = new Map<string, { readonly entry: Entry; readonly since: number }>();
  #lastEnded: { readonly itemId: string; readonly entry: Entry } | undefined;
  readonly #groupOf: (agentId: string) => string;
  readonly #states = new Map<string, 'busy' | 'idle' | undefined>();
  readonly #times = new Map<string, GroupTime>();
  #arrived = 0;

  /** @param groupOf the group an agent's time is counted in */
  constructor(reader: Reader, groupOf: (agentId: string) => string) {
    this.#reader = reader;
    this.#groupOf = groupOf;
  }

  /** Work whose customer is gone and whose agent still writes. */
  get wrapUps(): number {
    return this.#wrappingUp.size;
  }

  /** Agents' time of a group since the beginning. */
  time(group: string, now: number): AgentTime {
    const { busyMs, idleMs } = this.#time(group).upTo(now);
    return { busyMs, idleMs };
  }

  onRefused(item: NewWorkItem, now: number): void {
    this.#reader.onRefused(item.queueId, now);
  }

  onFact(fact: Fact, now: number): void {
    switch (fact.type) {
      case 'work.arrived': {
        const { queueId, itemId, ewtMs } = fact;
        const entry = {
          itemId,
          queueId,
          arrivedAt: now,
          index: this.#arrived++,
          ewtMs,
          answeredAt: undefined,
        };
        this.#open.set(itemId, entry);
        this.#reader.onArrived(entry);
        break;
      }
      case 'offer.ended': {
        const entry = fact.outcome === 'accepted' ? this.#open.get(fact.itemId) : undefined;
        if (entry?.answeredAt !== undefined || !entry) break; // taken again after a transfer
        entry.answeredAt = now;
        this.#served(entry, 'answered', now);
        break;
      }
      case 'work.ended':
        this.#ended(fact.itemId, fact.end, now);
        break;
      case 'wrap-up.started':
      case 'wrap-up.ended':
        this.#wrapUp(fact, now);
        break;
      case 'agent.state':
        this.#state(fact.agentId, fact.state, now);
        break;
      default:
        break;
    }
  }

  /** The end: what is still open is counted as it stands. */
  close(now: number): void {
    for (const entry of this.#open.values())
      if (entry.answeredAt === undefined) this.#served(entry, 'left', now);
    this.#open.clear();
  }

  #served(entry: Entry, outcome: Outcome, now: number): void {
    this.#reader.onServed(entry, { outcome, waitMs: now - entry.arrivedAt, ewtMs: entry.ewtMs });
  }

  #ended(itemId: string, end: string, now: number): void {
    const entry = this.#open.get(itemId);
    if (!entry) return;
    this.#open.delete(itemId);
    if (entry.answeredAt === undefined)
      this.#served(entry, end === 'abandoned' || end === 'overflowed' ? end : 'lost', now);
    else if (end === 'completed') {
      this.#reader.onHandled(entry, now - entry.answeredAt);
      this.#lastEnded = { itemId, entry }; // a wrap-up would be the next fact
    }
  }

  #wrapUp({ type, itemId }: Extract<Fact, { type: 'wrap-up.started' | 'wrap-up.ended' }>, now: number): void {
    if (type === 'wrap-up.started') {
      if (this.#lastEnded?.itemId === itemId)
        this.#wrappingUp.set(itemId, { entry: this.#lastEnded.entry, since: now });
      return;
    }
    const over = this.#wrappingUp.get(itemId);
    if (!over) return;
    this.#wrappingUp.delete(itemId);
    this.#reader.onWrappedUp(over.entry, now - over.since);
  }

  #state(agentId: string, state: string, now: number): void {
    const before = this.#states.get(agentId);
    const after = state === 'on-work' || state === 'wrap-up' ? 'busy' : state === 'idle' ? 'idle' : undefined;
    if (before === after) return;
    const time = this.#time(this.#groupOf(agentId)).upTo(now);
    if (before) time[before] -= 1;
    if (after) time[after] += 1;
    this.#states.set(agentId, after);
  }

  #time(group: string): GroupTime {
    const known = this.#times.get(group);
    if (known) return known;
    const made = new GroupTime();
    this.#times.set(group, made);
    return made;
  }
}

/** How many of a group are busy and idle, summed over time. */
class GroupTime {
  busy = 0;
  idle = 0;
  busyMs = 0;
  idleMs = 0;
  #at = 0;

  upTo(now: number): this {
    this.busyMs += this.busy * (now - this.#at);
    this.idleMs += this.idle * (now - this.#at);
    this.#at = now;
    return this;
  }
}
