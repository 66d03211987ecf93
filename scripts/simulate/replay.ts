import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { type ScenarioInput, scenarioFrom } from '#server/simulation/index.ts';
import { type Recorded, readFact } from '#shared/model/facts/index.ts';
import { UsageError } from '../lib/args.ts';

const HOUR = 3_600_000;
/** Work of the day may end, and be wrapped up, so much later. */
const AFTER = 6 * HOUR;

/**
 * The day that a centre's journal recorded, in this machine's time zone. The database is only read; its server may run.
 * @param path a data folder, or its database
 * @param date `2026-03-02`; the last day with work when empty
 */
export function replayed(
  path: string,
  date: string,
  from: string,
  halfHours: number,
  targetMs: number,
): ScenarioInput {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'cordboard.db') : path;
  let db: Sqlite.Database;
  try {
    db = new Sqlite(file, { readonly: true, fileMustExist: true });
  } catch (error) {
    throw new UsageError(`--replay: cannot read ${file} (${error instanceof Error ? error.message : error})`);
  }
  try {
    const day = date === '' ? lastDay(db, path) : dayOf(date);
    const clock = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(from);
    if (!clock) throw new UsageError(`--from must look like 08:30, not ${from}`);
    const begin = new Date(
      day.getFullYear(),
      day.getMonth(),
      day.getDate(),
      Number(clock[1]),
      Number(clock[2]),
    );
    const end = begin.getTime() + halfHours * (HOUR / 2);
    const scenario = scenarioFrom(
      read(db, begin.getTime(), end + AFTER),
      begin.getTime(),
      halfHours,
      targetMs,
    );
    if (!scenario)
      throw new UsageError(
        `--replay: nobody took any work in ${path} in ${halfHours / 2} hours from ${begin.toLocaleString('en-GB')}`,
      );
    return { ...scenario, from };
  } finally {
    db.close();
  }
}

function dayOf(date: string): Date {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00`) : undefined;
  if (!day || Number.isNaN(day.getTime()))
    throw new UsageError(`--date must look like 2026-03-02, not ${date}`);
  return day;
}

function lastDay(db: Sqlite.Database, path: string): Date {
  const at = query(db, path, `SELECT max(at) FROM journal WHERE type = 'work.arrived'`).pluck().get();
  if (typeof at !== 'number') throw new UsageError(`--replay: no work was ever recorded in ${path}`);
  return new Date(at);
}

function query(db: Sqlite.Database, path: string, sql: string): Sqlite.Statement {
  try {
    return db.prepare(sql);
  } catch {
    throw new UsageError(`--replay: ${path} has no journal`);
  }
}

const TYPES = ['work.arrived', 'work.ended', 'offer.made', 'offer.ended', 'wrap-up.ended', 'agent.state'];

/** Facts that this version does not know are left out. */
function read(db: Sqlite.Database, from: number, to: number): Recorded[] {
  const marks = TYPES.map(() => '?').join(', ');
  const rows = query(
    db,
    db.name,
    `SELECT seq, at, type, version, data FROM journal WHERE at >= ? AND at < ? AND type IN (${marks}) ORDER BY at, seq`,
  ).all(from, to, ...TYPES) as { seq: number; at: number; type: string; version: number; data: string }[];
  return rows.flatMap(({ seq, at, type, version, data }) => {
    const read = readFact(type, version, data);
    return read.ok ? [{ ...read.fact, seq, at }] : [];
  });
}
