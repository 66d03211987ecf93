import { Worker } from 'node:worker_threads';
import type { WorkerSetup } from './protocol.ts';

/** Starts a media thread: from the source beside this file (tsx, vitest), or from `media-worker.js` beside the bundle. */
export function spawnWorker(setup: WorkerSetup): Worker {
  const entry = import.meta.url.endsWith('.ts')
    ? new URL('./worker.source.mjs', import.meta.url)
    : new URL('./media-worker.js', import.meta.url);
  return new Worker(entry, { workerData: setup, execArgv: [] });
}
