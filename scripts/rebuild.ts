/**
 * `npm run rebuild [-- --force]`: makes every table that is read from the journal anew. The server must be stopped. Notes,
 * numbers and other words of people stand elsewhere and stay as they are.
 */
import { REBUILDING, rebuild } from '../server/keeping/index.ts';
import { Journal, silentLog, systemClock } from '../server/kernel/index.ts';
import { derive, projections } from '../server/rooms.ts';
import { main, UsageError } from './lib/args.ts';
import { alone, inWords, settings } from './lib/keeping.ts';

await main(async (args) => {
  const force = args.includes('--force');
  if (args.some((arg) => arg !== '--force')) throw new UsageError('npm run rebuild [-- --force]');
  const { facts, tables, refused } = await inWords(() =>
    alone(
      settings(),
      (db) => {
        const reader = new Journal(db, systemClock, silentLog, { epoch: 0, seq: 0 }); // takes nothing over
        return rebuild(db, reader, { projections, derive, force });
      },
      REBUILDING,
    ),
  );
  console.log(`${facts} facts read, ${tables.join(', ')} made anew.`);
  if (refused > 0) console.log(`${refused} facts were stored without what is made of them, and still are.`);
});
