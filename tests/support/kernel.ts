import {
  createIds,
  type Dialect,
  FakeClock,
  journalMigrations,
  type Kernel,
  localBus,
  type Migration,
  openDatabase,
  openJournal,
  silentLog,
} from '#server/kernel/index.ts';
import { freshDatabase, usual } from '../kits/databases/index.ts';

/**
 * A kernel with an empty database (in memory, or on the run's PostgreSQL) and a clock that stands still, for tests of
 * services and stores. Same ids at every run.
 */
export async function testKernel(
  migrations: readonly Migration[] = [],
  dialect: Dialect = usual,
): Promise<Kernel & { clock: FakeClock }> {
  const clock = new FakeClock();
  const address = await freshDatabase(dialect);
  const db = await openDatabase(address, [...journalMigrations, ...migrations], () => clock.now());
  let count = 0;
  const ids = createIds(
    () => clock.now(),
    (n) => Uint8Array.from({ length: n }, () => count++ & 255),
  );
  const journal = await openJournal(db, clock, silentLog, { groupMs: 0 }); // time stands still
  const bus = localBus((error) => {
    throw error;
  });
  return { clock, db, ids, journal, bus, log: silentLog };
}
