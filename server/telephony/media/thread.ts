import type { Worker } from 'node:worker_threads';
import { AppError } from '#shared/contract/app-error.ts';
import { Outbox } from './outbox.ts';
import type { Answers, FromWorker, Order, Request, ToWorker, WorkerSetup } from './protocol.ts';
import type { MediaEngineOptions } from './types.ts';

const stopMs = 3000;
const restartMs = 1000;

export interface ThreadOptions {
  readonly setup: WorkerSetup;
  readonly spawn: (setup: WorkerSetup) => Worker;
  readonly log: MediaEngineOptions['log'];
  readonly on: {
    /** What is neither an answer nor about the thread itself. */
    message(message: ThreadNews): void;
    /** It served, and died unasked: whatever was there is lost. Another takes its place. */
    died(problem: string): void;
  };
}

export type ThreadNews = Extract<FromWorker, { is: 'leg' | 'recording-failed' | 'log' }>;

/**
 * One media thread, seen from the main thread: requests and their answers, orders, the ports it promised.
 *
 *     new --run--> starting --ready--> serving --stop--> stopped
 *                    |  ^                | died
 *                    |  +----------------+
 *                    +--failed: the first time told by `run`, later tried again each second
 */
export class MediaThread {
  /** Calls that have their place here. */
  calls = 0;
  readonly #options: ThreadOptions;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: AppError): void }>();
  #worker: Worker | undefined;
  #outbox = new Outbox<ToWorker>(() => {});
  #ready = false;
  #stopped = false;
  #promised: number[] = [];
  #nextId = 1;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Takes one of the ports that stand ready there; undefined when there is none. */
  takePort(): number | undefined {
    return this.#promised.shift();
  }

  /** Starts the worker. @throws AppError when it does not come up */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.#options.spawn(this.#options.setup);
      let problem = new AppError('media.failed', 'The media thread ended at its start.');
      this.#worker = worker;
      this.#outbox = new Outbox((batch) => worker.postMessage(batch));
      worker.on('message', (batch: FromWorker[]) => {
        for (const message of batch) {
          if (message.is === 'ready') {
            this.#ready = true;
            resolve();
          } else if (message.is === 'failed' && message.id === 0) {
            problem = new AppError(message.code, message.message);
          } else this.#take(message);
        }
      });
      worker.on('error', (error) => {
        problem = new AppError('media.failed', `The media thread failed: ${error.message}`);
      });
      worker.on('exit', () => {
        reject(problem);
        this.#gone(worker, problem);
      });
    });
  }

  /** @throws AppError the thread's own, or `media.failed` when it is gone */
  ask<D extends Request['do']>(request: Extract<Request, { do: D }>): Promise<Answers[D]> {
    return new Promise((resolve, reject) => {
      if (this.#worker === undefined) {
        reject(new AppError('media.failed', 'The media engine is not running.'));
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: (value) => resolve(value as Answers[D]), reject });
      this.#outbox.post({ is: 'request', id, request }, 'now');
    });
  }

  /** Dropped when the thread is gone: so is what it was about. */
  order(order: Order): void {
    if (this.#worker !== undefined) this.#outbox.post({ is: 'order', order }, 'soon');
  }

  /** Completes recordings and ends; by force after 3 s. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const limit = setTimeout(() => void worker.terminate(), stopMs);
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await this.ask({ do: 'stop' }).catch(() => {});
    await worker.terminate();
    await ended;
    clearTimeout(limit);
  }

  #take(message: FromWorker): void {
    switch (message.is) {
      case 'done':
        this.#waiting.get(message.id)?.resolve(message.value);
        this.#waiting.delete(message.id);
        break;
      case 'failed':
        this.#waiting.get(message.id)?.reject(new AppError(message.code, message.message));
        this.#waiting.delete(message.id);
        break;
      case 'promised':
        this.#promised.push(message.port);
        break;
      case 'ready':
        break;
      default:
        this.#options.on.message(message);
    }
  }

  /** The worker ended, as asked or not. */
  #gone(worker: Worker, problem: AppError): void {
    if (this.#worker !== worker) return;
    const served = this.#ready;
    this.#worker = undefined;
    this.#ready = false;
    this.#promised = [];
    for (const { reject } of this.#waiting.values()) reject(problem);
    this.#waiting.clear();
    if (this.#stopped || !served) return;
    const { log, on } = this.#options;
    log.warn({ problem: problem.message }, 'a media thread died; another takes its place');
    on.died(problem.message);
    this.#restart();
  }

  #restart(): void {
    this.run().catch((error: unknown) => {
      if (this.#stopped) return;
      const problem = error instanceof Error ? error.message : String(error);
      this.#options.log.warn({ problem }, 'a media thread could not be started; trying again');
      setTimeout(() => {
        if (!this.#stopped) this.#restart();
      }, restartMs).unref();
    });
  }
}
