/**
 * `npm run backup -- FILE [--recordings]`: the whole centre of DATA_DIR or DATABASE_URL in one file, as it is at this
 * moment. The server may run. The file holds secrets: only its owner may read it.
 */
import { backup } from '../server/keeping/index.ts';
import { main, UsageError } from './lib/args.ts';
import { centreOf, inWords, now, schema, settings } from './lib/keeping.ts';

await main(async (args) => {
  const recordings = args.includes('--recordings');
  const [file, ...more] = args.filter((arg) => arg !== '--recordings');
  if (!file || more.length > 0 || file.startsWith('-'))
    throw new UsageError('npm run backup -- FILE [--recordings]');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  const options = { recordings, now: now(), signal: stop.signal };
  const done = await inWords(() => backup(centreOf(settings()), schema, file, options));
  const sounds = recordings ? `, ${done.files} recordings` : '';
  console.log(`${file}: ${done.rows} rows${sounds}, ${(done.bytes / 1e6).toFixed(1)} MB.`);
});
