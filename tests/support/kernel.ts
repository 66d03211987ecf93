import {
  createIds,
  type Database,
  FakeClock,
  Journal,
  journalMigrations,
  type Kernel,
  type Migration,
  openDatabase,
  silentLog,
} from '#server/kernel/index.ts';

/** A kernel in memory with a clock that stands still, for unit tests of services and stores. Same ids at every run. */
export function testKernel(
  migrations: readonly Migration[] = [],
): Kernel & { clock: FakeClock; db: Database } {
  const clock = new FakeClock();
  const db = openDatabase(':memory:', [...journalMigrations, ...migrations], () => clock.now());
  let count = 0;
  const ids = createIds(
    () => clock.now(),
    (n) => Uint8Array.from({ length: n }, () => count++ & 255),
  );
  return { clock, db, ids, journal: new Journal(db, clock, silentLog), log: silentLog };
}
