/**
 * `npm run migrate -- --to postgres://...` (or `--to FOLDER`): copies the centre of DATA_DIR or DATABASE_URL into an empty
 * database of the other kind, and proves the copy by counts and hashes. The server must be stopped; the old database stays
 * as it is. Recordings stay in DATA_DIR.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { move } from '../server/keeping/index.ts';
import { main, readOptions, UsageError } from './lib/args.ts';
import { addressOf, alone, centreOf, inWords, now, schema, settings } from './lib/keeping.ts';

await main(async (args) => {
  const { to } = readOptions(args, { to: '' });
  if (to === '') throw new UsageError('npm run migrate -- --to postgres://user@host/database');
  const config = settings();
  const { database, recordings } = centreOf(config);
  const target = addressOf(to);
  const { rows, tables } = await inWords(() => alone(config, () => move(database, target, schema, now)));
  console.log(`${rows} rows in ${tables} tables copied, and the same by count and hash.`);
  if (target.kind === 'postgres') {
    console.log(`Start with DATABASE_URL set to it from now on, and DATA_DIR=${config.dataDir} as before.`);
    return;
  }
  console.log(`Start with DATA_DIR=${to} and without DATABASE_URL from now on.`);
  if (existsSync(recordings) && resolve(to) !== config.dataDir)
    console.log(`The recordings lie in ${recordings}: move them to ${join(resolve(to), 'recordings')}.`);
});
