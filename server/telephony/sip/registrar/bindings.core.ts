import type { Binding, RegistrarEvents } from '../types.ts';

/** RFC 3261 10.2.1.1, in seconds: asked for less is 423, for more is cut. */
export const MIN_EXPIRES = 30;
export const DEFAULT_EXPIRES = 300;
export const MAX_EXPIRES = 3600;
export const MAX_CONTACTS = 10;

/** One Contact of a REGISTER. */
export interface ContactUpdate {
  readonly contact: string;
  /** `+sip.instance` and reg-id, or the contact itself: what replaces itself. */
  readonly key: string;
  readonly instance: string;
  /** Seconds; 0 removes. */
  readonly expires: number;
}

export interface RegisterUpdate {
  readonly aor: string;
  readonly callId: string;
  readonly seq: number;
  readonly contacts: readonly ContactUpdate[];
  readonly flow: string | undefined;
  readonly transport: Binding['transport'];
  readonly userAgent: string;
  readonly path: readonly string[];
}

interface Entry {
  binding: Binding;
  readonly key: string;
  callId: string;
  seq: number;
}

export type Refusal = 'out-of-order' | 'too-many';

/**
 * The location service (RFC 3261 10.3, RFC 5626 6): bindings by address of record and by flow. All of a REGISTER is
 * done or none of it. Events are told after the whole change.
 */
export class Bindings {
  readonly #byAor = new Map<string, Map<string, Entry>>();
  readonly #byFlow = new Map<string, Set<Entry>>();
  readonly #events: RegistrarEvents;
  #count = 0;

  constructor(events: RegistrarEvents) {
    this.#events = events;
  }

  get size(): number {
    return this.#count;
  }

  of(aor: string, now: number): Binding[] {
    const out: Binding[] = [];
    for (const entry of this.#byAor.get(aor)?.values() ?? []) {
      if (entry.binding.expiresAt > now) out.push(entry.binding);
    }
    return out;
  }

  onFlow(flow: string): Binding[] {
    return [...(this.#byFlow.get(flow) ?? [])].map((entry) => entry.binding);
  }

  /** The account that registered over this flow; `preferred` if several did and it is one of them. */
  accountOf(flow: string, preferred: string, now: number): string | undefined {
    let found: string | undefined;
    for (const { binding } of this.#byFlow.get(flow) ?? []) {
      if (binding.expiresAt <= now) continue;
      if (binding.aor === preferred) return preferred;
      found ??= binding.aor;
    }
    return found;
  }

  /** Applies a REGISTER. Undefined when done. */
  update(update: RegisterUpdate, now: number): Refusal | undefined {
    const current = this.#byAor.get(update.aor);
    let size = current?.size ?? 0;
    for (const contact of update.contacts) {
      const entry = current?.get(contact.key);
      // RFC 3261 10.3 step 7: within one Call-ID the order of CSeq decides.
      if (entry !== undefined && entry.callId === update.callId && update.seq <= entry.seq)
        return 'out-of-order';
      if (entry === undefined && contact.expires > 0) size++;
      if (entry !== undefined && contact.expires === 0) size--;
    }
    if (size > MAX_CONTACTS) return 'too-many';
    const removed: [Binding, string][] = [];
    const added: Binding[] = [];
    const first = (current?.size ?? 0) === 0;
    for (const contact of update.contacts) this.#apply(update, contact, now, removed, added);
    for (const [binding, reason] of removed) this.#events.onUnregistered(update.aor, binding, reason);
    for (const [index, binding] of added.entries()) {
      this.#events.onRegistered(update.aor, binding, first && index === 0);
    }
    return undefined;
  }

  /** Removes every binding of a user. */
  clear(aor: string, reason: string): void {
    const entries = [...(this.#byAor.get(aor)?.values() ?? [])];
    for (const entry of entries) this.#remove(entry);
    for (const { binding } of entries) this.#events.onUnregistered(aor, binding, reason);
  }

  /** RFC 3261 10.3 step 6, `Contact: *`: refused when it is older than what it would remove. */
  clearAll(aor: string, callId: string, seq: number): Refusal | undefined {
    for (const entry of this.#byAor.get(aor)?.values() ?? []) {
      if (entry.callId === callId && seq <= entry.seq) return 'out-of-order';
    }
    this.clear(aor, 'unregistered');
    return undefined;
  }

  /** The flow is gone, and what was registered over it (RFC 5626 4.2). */
  dropFlow(flow: string): void {
    const entries = [...(this.#byFlow.get(flow) ?? [])];
    for (const entry of entries) this.#remove(entry);
    for (const { binding } of entries) this.#events.onUnregistered(binding.aor, binding, 'connection-lost');
  }

  /** Removes what has expired of one user; returns when the next of the rest will, in ms of the clock. */
  expire(aor: string, now: number): number | undefined {
    let next: number | undefined;
    const gone: Entry[] = [];
    for (const entry of this.#byAor.get(aor)?.values() ?? []) {
      const { expiresAt } = entry.binding;
      if (expiresAt <= now) gone.push(entry);
      else if (next === undefined || expiresAt < next) next = expiresAt;
    }
    for (const entry of gone) this.#remove(entry);
    for (const { binding } of gone) this.#events.onUnregistered(aor, binding, 'expired');
    return next;
  }

  /** Drops everything and tells nobody: the server has stopped. */
  forget(): void {
    this.#byAor.clear();
    this.#byFlow.clear();
    this.#count = 0;
  }

  #apply(
    update: RegisterUpdate,
    contact: ContactUpdate,
    now: number,
    removed: [Binding, string][],
    added: Binding[],
  ): void {
    const old = this.#byAor.get(update.aor)?.get(contact.key);
    if (contact.expires === 0) {
      if (old === undefined) return;
      this.#remove(old);
      removed.push([old.binding, 'unregistered']);
      return;
    }
    const binding: Binding = {
      aor: update.aor,
      contact: contact.contact,
      flow: update.flow,
      transport: update.transport,
      userAgent: update.userAgent,
      instance: contact.instance,
      expiresAt: now + contact.expires * 1000,
      path: update.path,
    };
    if (old !== undefined && old.binding.contact === binding.contact && old.binding.flow === binding.flow) {
      old.binding = binding;
      old.callId = update.callId;
      old.seq = update.seq;
      return;
    }
    if (old !== undefined) {
      this.#remove(old);
      removed.push([old.binding, 'replaced']);
    }
    this.#add({ binding, key: contact.key, callId: update.callId, seq: update.seq });
    added.push(binding);
  }

  #add(entry: Entry): void {
    const { aor, flow } = entry.binding;
    let entries = this.#byAor.get(aor);
    if (entries === undefined) {
      entries = new Map();
      this.#byAor.set(aor, entries);
    }
    entries.set(entry.key, entry);
    this.#count++;
    if (flow === undefined) return;
    let onFlow = this.#byFlow.get(flow);
    if (onFlow === undefined) {
      onFlow = new Set();
      this.#byFlow.set(flow, onFlow);
    }
    onFlow.add(entry);
  }

  #remove(entry: Entry): void {
    const { aor, flow } = entry.binding;
    const entries = this.#byAor.get(aor);
    if (entries?.get(entry.key) !== entry) return;
    entries.delete(entry.key);
    this.#count--;
    if (entries.size === 0) this.#byAor.delete(aor);
    if (flow === undefined) return;
    const onFlow = this.#byFlow.get(flow);
    onFlow?.delete(entry);
    if (onFlow?.size === 0) this.#byFlow.delete(flow);
  }
}
