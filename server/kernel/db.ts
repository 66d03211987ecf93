import type { Bound, Dialect, Op } from './statement.ts';

/** What one statement of a write did. */
export interface Result<R = unknown> {
  /** Rows inserted, updated or deleted. */
  readonly changes: number;
  /** Of a statement with `returning`. */
  readonly rows: readonly R[];
}

/**
 * A database: reads, and writes that happen entirely or not at all. There is no transaction that code could hold open,
 * so nothing can wait inside one.
 */
export interface Db {
  readonly dialect: Dialect;
  /** Rejects with `DatabaseUnavailable` when the database does not answer. */
  all<R>(query: Bound<R>): Promise<R[]>;
  /** The first row. */
  one<R>(query: Bound<R>): Promise<R | undefined>;
  /**
   * Stores everything in one transaction, in order. Rejects with `DatabaseUnavailable` (nothing is known to be stored)
   * or `Conflict` (nothing is stored), else with the database's own error: then the statement itself is wrong.
   */
  write(ops: readonly Op[]): Promise<Result[]>;
  /** Ends what runs and lets go of the database. */
  close(): Promise<void>;
}

/**
 * The database cannot be reached or cannot write now: locked, full, stopped, the connection cut. Trying again may help.
 * Whether the last write was stored is not known when the connection was lost in mid-commit (`maybeStored`).
 */
export class DatabaseUnavailable extends Error {
  readonly maybeStored: boolean;

  constructor(message: string, options: { cause: unknown; maybeStored?: boolean }) {
    super(message, { cause: options.cause });
    this.name = 'DatabaseUnavailable';
    this.maybeStored = options.maybeStored ?? false;
  }
}

/** Something else was there first: a unique value, a reference, or another number of rows than an `Op` expects. */
export class Conflict extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'Conflict';
  }
}

/** A database that cannot be used at all; its message is one line for the person who chose it. */
export class DatabaseRefused extends Error {}
