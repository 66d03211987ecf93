export { type Bus, type BusMessage, localBus } from './bus.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { Conflict, DatabaseRefused, DatabaseUnavailable, type Db, type Result } from './db.ts';
export { FakeClock } from './fake-clock.ts';
export { createIds, type Ids } from './ids.ts';
export {
  Journal,
  type JournalHealth,
  journalMigrations,
  MAIN,
  openJournal,
  type Projection,
} from './journal.ts';
export { lockFolder } from './lock.ts';
export { createLog, type Log, silentLog } from './log.ts';
export {
  type DatabaseAddress,
  finishedOps,
  type Migration,
  newerSteps,
  openDatabase,
  portable,
  sqliteOnly,
  tablesOf,
  unfinishedOps,
  unfinishedWords,
} from './migrate.ts';
export type {
  CommandTable,
  FileEndpoint,
  Mounts,
  OwnTopic,
  Principal,
  PublicCall,
  Room,
  SharedTopic,
  SignedInCall,
  Topic,
} from './room.ts';
export { openSnapshot, type Row, type Snapshot } from './snapshot.ts';
export {
  type Bound,
  type Dialect,
  type Op,
  type Params,
  type SqlValue,
  type Statement,
  statements,
} from './statement.ts';

import type { Bus } from './bus.ts';
import type { Clock } from './clock.ts';
import type { Db } from './db.ts';
import type { Ids } from './ids.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';

/** What every service is given. */
export interface Kernel {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly db: Db;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly log: Log;
}
