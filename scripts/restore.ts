/**
 * `npm run restore -- FILE`: makes a centre from a backup, in the empty folder DATA_DIR (or the empty database of
 * DATABASE_URL, with the recordings in DATA_DIR). What was restored is counted and hashed again.
 */
import { restore } from '../server/keeping/index.ts';
import { lockFolder } from '../server/kernel/index.ts';
import { main, UsageError } from './lib/args.ts';
import { centreOf, inWords, now, schema, settings } from './lib/keeping.ts';

await main(async ([file, ...more]) => {
  if (!file || more.length > 0 || file.startsWith('-')) throw new UsageError('npm run restore -- FILE');
  const config = settings();
  const done = await inWords(async () => {
    const release = lockFolder(config.dataDir);
    return restore(file, centreOf(config), schema, now).finally(release);
  });
  console.log(
    `${done.rows} rows and ${done.files} recordings restored, and the same as when they were backed up.`,
  );
});
