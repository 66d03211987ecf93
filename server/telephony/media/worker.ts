import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '#shared/contract/app-error.ts';
import { Host } from './host.ts';
import { Outbox } from './outbox.ts';
import type { FromWorker, Request, ToWorker, WorkerSetup } from './protocol.ts';
import { createIdentity } from './webrtc/dtls.ts';
import { WebrtcPath } from './webrtc/webrtc-path.ts';

/** Entry of a media thread. Nothing but messages goes in and out. */
const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread.');

const outbox = new Outbox<FromWorker>((batch) => port.postMessage(batch));
const post = (message: FromWorker): void => outbox.post(message, message.is === 'promised' ? 'soon' : 'now');
const random = randomNumbers();
const identity = createIdentity();

const host = new Host({
  setup: workerData as WorkerSetup,
  time: {
    now: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  },
  random,
  webrtcPath: async (udp, events) => new WebrtcPath(udp, await identity, events),
  post,
});

// a fault in one handshake or packet must not end every call of the thread
process.on('unhandledRejection', (error) => report(error, 'a promise of the media thread failed'));
process.on('uncaughtException', (error) => report(error, 'the media thread met a fault'));

function report(error: unknown, message: string): void {
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  post({ is: 'log', level: 'warn', fields: { problem }, message });
}

async function answer(id: number, request: Request): Promise<void> {
  try {
    post({ is: 'done', id, value: await host.request(request) });
  } catch (error) {
    if (!(error instanceof AppError)) report(error, 'a request of the media thread failed');
    const code = error instanceof AppError ? error.code : 'media.failed';
    post({ is: 'failed', id, code, message: error instanceof Error ? error.message : String(error) });
  }
  if (request.do !== 'stop') return;
  outbox.flush();
  port?.close();
}

port.on('message', (batch: ToWorker[]) => {
  for (const message of batch) {
    if (message.is === 'order') host.order(message.order);
    else void answer(message.id, message.request);
  }
});

/** Unsigned 32-bit numbers, drawn from the system a thousand at a time. */
function randomNumbers(): () => number {
  let pool = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at + 4 > pool.length) {
      pool = randomBytes(4096);
      at = 0;
    }
    at += 4;
    return pool.readUInt32BE(at - 4);
  };
}

try {
  await identity;
  await host.start();
  post({ is: 'ready' });
} catch (error) {
  post({
    is: 'failed',
    id: 0,
    code: error instanceof AppError ? error.code : 'media.failed',
    message: String(error),
  });
  outbox.flush();
  port.close();
}
