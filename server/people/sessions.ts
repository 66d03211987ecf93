import { createHash } from 'node:crypto';
import type { BusMessage, Kernel, Op, Principal } from '#server/kernel/index.ts';
import type { User } from '#shared/contract/people.ts';
import { peopleOps, type SessionRow } from './people.store.ts';

export type EndReason = 'signed-out' | 'revoked' | 'expired';

/** Tells other nodes of a session that ended here: `sessionId`, `reason`. */
const ENDED = 'session.ended';
/** Tells them when it was last used here, so that it does not idle out there: `sessionId`, `usedAt`. */
const USED = 'session.used';
/** More live sessions of one user than any person needs; the one not used for longest gives way. */
const MAX_PER_USER = 100;
const TOKEN_BYTES = 32;
const TOKEN_LENGTH = 43;

interface Live {
  readonly row: SessionRow;
  readonly principal: Principal;
  /** Used since it was last written down. */
  dirty: boolean;
}

export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/**
 * Live sessions, in memory, copied to the database for the next start.
 *
 *     (sign-in) -> live --used--> live
 *                   |-- signed-out | revoked --> gone (told once)
 *                   |-- idle or too old, nothing in hand --> gone (told once, as expired)
 *                   '-- ended on another node --> gone (told once here too; the fact is the other's)
 *
 * The token is known to its owner alone; here and in the database lies its SHA-256, which nobody can turn back.
 */
export class Sessions {
  readonly #kernel: Pick<Kernel, 'clock' | 'ids' | 'bus'>;
  readonly #limits: SessionLimits;
  readonly #write: (ops: readonly Op[]) => void;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #inUse: (userId: string) => boolean;
  readonly #ended: (principal: Principal, reason: EndReason, here: boolean) => void;
  readonly #byHash = new Map<string, Live>();
  readonly #byId = new Map<string, Live>();
  readonly #byUser = new Map<string, Set<Live>>();
  readonly #subscriptions: readonly (() => void)[];

  constructor(options: {
    kernel: Pick<Kernel, 'clock' | 'ids' | 'bus'>;
    /** As they were stored. */
    rows: readonly SessionRow[];
    limits: SessionLimits;
    /** Stores what memory has decided already. */
    write: (ops: readonly Op[]) => void;
    random: (bytes: number) => Uint8Array;
    user: (id: string) => User | undefined;
    /** `here`: by this node, which stores it. */
    ended: (principal: Principal, reason: EndReason, here: boolean) => void;
    /** No session of this user expires now: a call must not end because the day was long. */
    inUse: (userId: string) => boolean;
  }) {
    this.#kernel = options.kernel;
    this.#limits = options.limits;
    this.#write = options.write;
    this.#random = options.random;
    this.#ended = options.ended;
    this.#inUse = options.inUse;
    for (const row of options.rows) {
      const user = options.user(row.userId);
      if (user) this.#add(row, user);
    }
    const { bus } = this.#kernel;
    this.#subscriptions = [
      bus.subscribe(ENDED, (message) => this.#endedElsewhere(message)),
      bus.subscribe(USED, (message) => this.#usedElsewhere(message)),
    ];
  }

  get count(): number {
    return this.#byId.size;
  }

  /** A new session; its row is for the caller to store, with the fact. */
  open(user: User): { token: string; principal: Principal; row: SessionRow } {
    const token = Buffer.from(this.#random(TOKEN_BYTES)).toString('base64url');
    const now = this.#kernel.clock.now();
    const row: SessionRow = {
      id: this.#kernel.ids.next('ses'),
      tokenHash: hashToken(token),
      userId: user.id,
      createdAt: now,
      usedAt: now,
    };
    const { principal } = this.#add(row, user);
    this.#makeRoom(user.id);
    return { token, principal, row };
  }

  /** The owner of a token, and the session is marked as used. */
  find(token: string): Principal | undefined {
    if (token.length !== TOKEN_LENGTH) return undefined;
    return this.#use(this.#byHash.get(hashToken(token)));
  }

  touch(id: string): Principal | undefined {
    return this.#use(this.#byId.get(id));
  }

  /** When this session ends at the latest, however busy it is; undefined when it has ended. */
  latestEnd(id: string): number | undefined {
    const live = this.#byId.get(id);
    return live && live.row.createdAt + this.#limits.absoluteMs;
  }

  /** Does nothing for a session that has ended. */
  end(id: string, reason: EndReason): void {
    const live = this.#remove(id);
    if (!live) return;
    this.#ended(live.principal, reason, true);
    // Comes back to this node too, which then knows no such session any more.
    this.#kernel.bus.publish(ENDED, { sessionId: id, reason });
  }

  endAllOf(userId: string): void {
    for (const live of [...(this.#byUser.get(userId) ?? [])]) this.end(live.row.id, 'revoked');
  }

  /** Ends what has expired and writes down when the others were used. Called about once a minute, and on stop. */
  sweep(): void {
    const used: Op[] = [];
    for (const live of [...this.#byId.values()]) {
      if (this.#expired(live)) this.end(live.row.id, 'expired');
      else if (live.dirty) {
        live.dirty = false;
        const { id, usedAt } = live.row;
        used.push(peopleOps.setUsed(id, usedAt));
        this.#kernel.bus.publish(USED, { sessionId: id, usedAt });
      }
    }
    if (used.length > 0) this.#write(used);
  }

  /** Hears no other node any more. Sessions stay valid. */
  stop(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  #add(row: SessionRow, user: User): Live {
    const live: Live = { row, principal: { sessionId: row.id, user }, dirty: false };
    this.#byHash.set(row.tokenHash, live);
    this.#byId.set(row.id, live);
    const ofUser = this.#byUser.get(row.userId);
    if (ofUser) ofUser.add(live);
    else this.#byUser.set(row.userId, new Set([live]));
    return live;
  }

  #remove(id: string): Live | undefined {
    const live = this.#byId.get(id);
    if (!live) return undefined;
    this.#byId.delete(id);
    this.#byHash.delete(live.row.tokenHash);
    const ofUser = this.#byUser.get(live.row.userId);
    ofUser?.delete(live);
    if (ofUser?.size === 0) this.#byUser.delete(live.row.userId);
    return live;
  }

  /** Never published again, nor stored: both are done. */
  #endedElsewhere({ sessionId, reason }: BusMessage): void {
    const live = this.#remove(String(sessionId));
    if (live) this.#ended(live.principal, isEndReason(reason) ? reason : 'revoked', false);
  }

  #usedElsewhere({ sessionId, usedAt }: BusMessage): void {
    const row = this.#byId.get(String(sessionId))?.row;
    if (row && typeof usedAt === 'number') row.usedAt = Math.max(row.usedAt, usedAt);
  }

  #use(live: Live | undefined): Principal | undefined {
    if (!live) return undefined;
    if (this.#expired(live)) {
      this.end(live.row.id, 'expired');
      return undefined;
    }
    live.row.usedAt = this.#kernel.clock.now();
    live.dirty = true;
    return live.principal;
  }

  #expired({ row }: Live): boolean {
    const now = this.#kernel.clock.now();
    const { idleMs, absoluteMs } = this.#limits;
    if (now - row.usedAt < idleMs && now - row.createdAt < absoluteMs) return false;
    return !this.#inUse(row.userId);
  }

  #makeRoom(userId: string): void {
    const ofUser = this.#byUser.get(userId);
    if (!ofUser || ofUser.size <= MAX_PER_USER) return;
    let stalest: Live | undefined;
    for (const live of ofUser) if (!stalest || live.row.usedAt < stalest.row.usedAt) stalest = live;
    if (stalest) this.end(stalest.row.id, 'revoked');
  }
}

const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

const isEndReason = (reason: unknown): reason is EndReason =>
  reason === 'signed-out' || reason === 'revoked' || reason === 'expired';
