export { type Clock, systemClock, type Timer } from './clock.ts';
export { type Database, type Migration, openDatabase } from './database.ts';
export { FakeClock } from './fake-clock.ts';
export { createIds, type Ids } from './ids.ts';
export { Journal, journalMigrations } from './journal.ts';
export { lockFolder } from './lock.ts';
export { createLog, type Log, silentLog } from './log.ts';

import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import type { Ids } from './ids.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';

/** What every service is given. */
export interface Kernel {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly db: Database;
  readonly journal: Journal;
  readonly log: Log;
}
