import type { Worker } from 'node:worker_threads';
import { AppError } from '#shared/contract/errors.ts';
import { evenPorts } from './net/ports.ts';
import { Outbox } from './outbox.ts';
import type {
  Answers,
  FromWorker,
  LegEvent,
  LegKey,
  OpenLeg,
  Order,
  Request,
  ToWorker,
  WorkerSetup,
} from './protocol.ts';
import { spawnWorker } from './spawn.ts';
import type {
  LegEvents,
  LegOptions,
  MediaCounts,
  MediaEngine,
  MediaEngineOptions,
  MediaLeg,
  RecordingResult,
  RecordOptions,
} from './types.ts';

const defaultSilenceMs = 30_000;
const stopMs = 3000;
const restartMs = 1000;
const keepFinishedMs = 60_000;

/** One worker thread and what waits for it. */
interface Thread {
  readonly setup: WorkerSetup;
  worker: Worker | undefined;
  outbox: Outbox<ToWorker>;
  ready: boolean;
  /** Ports that stand ready there. */
  promised: number;
  calls: number;
  readonly waiting: Map<number, { resolve(value: unknown): void; reject(error: AppError): void }>;
}

/** Where a call is: all of its legs on one thread, until the last is closed and no recording is left. */
interface CallPlace {
  readonly thread: Thread;
  /** By leg id. */
  readonly legs: Set<string>;
  recording: { id: number; onFailed: (problem: string) => void } | undefined;
}

interface LegPlace {
  readonly key: LegKey;
  readonly options: LegOptions;
  readonly place: CallPlace;
  /** Its owner has it: events may be told. */
  opened: boolean;
  closed: boolean;
}

/**
 * The embedded media engine: this side only passes messages; audio lives in worker threads. Legs of one call share a
 * thread. A thread that dies takes its calls with it (each leg is told `lost`), and another takes its place.
 */
export function createMediaEngine(options: MediaEngineOptions): MediaEngine {
  return new EmbeddedMediaEngine(options, spawnWorker);
}

export class EmbeddedMediaEngine implements MediaEngine {
  readonly #options: MediaEngineOptions;
  readonly #spawn: (setup: WorkerSetup) => Worker;
  readonly #threads: Thread[] = [];
  readonly #calls = new Map<string, CallPlace>();
  readonly #legs = new Map<LegKey, LegPlace>();
  #state: 'new' | 'running' | 'stopped' = 'new';
  #nextId = 1;

  constructor(options: MediaEngineOptions, spawn: (setup: WorkerSetup) => Worker) {
    this.#options = options;
    this.#spawn = spawn;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new AppError('media.failed', 'The media engine was started before.');
    const { host, advertise, rtpPorts, silenceMs = defaultSilenceMs } = this.#options;
    const count = Math.max(1, Math.floor(this.#options.workers ?? 1));
    this.#state = 'running';
    for (let index = 0; index < count; index++) {
      const ports = evenPorts(rtpPorts.min, rtpPorts.max, index, count);
      if (ports.length === 0) {
        await this.stop();
        throw new AppError(
          'media.no-ports',
          `The RTP port range ${rtpPorts.min}-${rtpPorts.max} is too small.`,
        );
      }
      const setup = { host, advertise, ports, silenceMs };
      const outbox = new Outbox<ToWorker>(() => {});
      this.#threads.push({
        setup,
        worker: undefined,
        outbox,
        ready: false,
        promised: 0,
        calls: 0,
        waiting: new Map(),
      });
    }
    try {
      await Promise.all(this.#threads.map((thread) => this.#run(thread)));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    await Promise.all(this.#threads.map((thread) => this.#stopThread(thread)));
    this.#legs.clear();
    this.#calls.clear();
  }

  async leg(options: LegOptions): Promise<MediaLeg> {
    const { callId, legId, kind } = options;
    const place = this.#placeOf(callId);
    if (place.legs.has(legId)) throw new AppError('media.failed', 'The call has a leg of that id already.');
    const leg: LegPlace = { key: this.#nextId++, options, place, opened: false, closed: false };
    place.legs.add(legId);
    this.#legs.set(leg.key, leg);
    try {
      await this.#openOn(place.thread, { leg: leg.key, callId, legId, kind });
    } catch (error) {
      this.#dropLeg(leg);
      throw error;
    }
    leg.opened = true;
    return this.#handle(leg);
  }

  /** With a promised port there is nothing to wait for; else the thread says whether it finds one. */
  async #openOn(thread: Thread, open: OpenLeg): Promise<void> {
    if (thread.promised === 0) {
      try {
        await this.#ask(thread, { do: 'open', ...open });
        return;
      } catch (error) {
        // a port may have been promised while we asked
        if (thread.promised === 0) throw error;
      }
    }
    thread.promised--;
    this.#order(thread, { do: 'open', ...open });
  }

  mix(callId: string, hears: Readonly<Record<string, readonly string[]>>): void {
    const place = this.#calls.get(callId);
    if (place !== undefined) this.#order(place.thread, { do: 'mix', callId, hears });
  }

  recordRight(callId: string, right: string): void {
    const place = this.#calls.get(callId);
    if (place !== undefined) this.#order(place.thread, { do: 'record-right', callId, right });
  }

  async record(callId: string, options: RecordOptions): Promise<void> {
    const place = this.#calls.get(callId);
    if (place === undefined) throw new AppError('media.failed', 'The call has no legs.');
    if (place.recording !== undefined)
      throw new AppError('media.failed', 'The call is being recorded already.');
    const id = this.#nextId++;
    const recording = { id, onFailed: options.onFailed };
    place.recording = recording;
    const { file, left, right } = options;
    try {
      await this.#ask(place.thread, { do: 'record', callId, recording: id, file, left, right });
    } catch (error) {
      if (place.recording === recording) place.recording = undefined;
      this.#leave(callId, place);
      throw error;
    }
  }

  async stopRecording(callId: string): Promise<RecordingResult | undefined> {
    const place = this.#calls.get(callId);
    if (place?.recording === undefined) return undefined;
    const { recording } = place;
    try {
      return await this.#ask(place.thread, { do: 'stop-recording', callId });
    } finally {
      if (place.recording === recording) place.recording = undefined;
      this.#leave(callId, place);
    }
  }

  async counts(): Promise<MediaCounts> {
    const ready = this.#threads.filter((thread) => thread.ready);
    const all = await Promise.all(ready.map((thread) => this.#ask(thread, { do: 'counts' })));
    const sum = (pick: (counts: MediaCounts) => number) => all.reduce((total, one) => total + pick(one), 0);
    return {
      legs: sum((one) => one.legs),
      calls: sum((one) => one.calls),
      recordings: sum((one) => one.recordings),
      ports: sum((one) => one.ports),
    };
  }

  #handle(leg: LegPlace): MediaLeg {
    const { key, place } = leg;
    const ask = <D extends Request['do']>(request: Extract<Request, { do: D }>): Promise<Answers[D]> =>
      leg.closed
        ? Promise.reject(new AppError('media.failed', 'The leg is closed.'))
        : this.#ask(place.thread, request);
    const order = (what: Order): void => {
      if (!leg.closed) this.#order(place.thread, what);
    };
    return {
      legId: leg.options.legId,
      accept: (sdp) => ask<'accept'>({ do: 'accept', leg: key, sdp }),
      offer: () => ask<'offer'>({ do: 'offer', leg: key }),
      answered: (sdp) => ask<'answered'>({ do: 'answered', leg: key, sdp }),
      play: (file, options) => {
        const playId = `play-${this.#nextId++}`;
        order({ do: 'play', leg: key, playId, file, loop: options?.loop ?? false });
        return playId;
      },
      stopPlaying: () => order({ do: 'stop-playing', leg: key }),
      echo: (on) => order({ do: 'echo', leg: key, on }),
      mute: (on) => order({ do: 'mute', leg: key, on }),
      sendDigit: (digit) => order({ do: 'digit', leg: key, digit }),
      close: () => this.#closeLeg(leg),
    };
  }

  async #closeLeg(leg: LegPlace): Promise<void> {
    if (leg.closed) return;
    this.#order(leg.place.thread, { do: 'close', leg: leg.key });
    this.#dropLeg(leg);
  }

  #dropLeg(leg: LegPlace): void {
    leg.closed = true;
    this.#legs.delete(leg.key);
    leg.place.legs.delete(leg.options.legId);
    this.#leave(leg.options.callId, leg.place);
  }

  #placeOf(callId: string): CallPlace {
    const known = this.#calls.get(callId);
    if (known !== undefined) return known;
    let thread: Thread | undefined;
    for (const one of this.#threads) {
      if (one.ready && (thread === undefined || one.calls < thread.calls)) thread = one;
    }
    if (thread === undefined || this.#state !== 'running') {
      throw new AppError('media.failed', 'The media engine is not running.');
    }
    const place: CallPlace = { thread, legs: new Set(), recording: undefined };
    thread.calls++;
    this.#calls.set(callId, place);
    return place;
  }

  #leave(callId: string, place: CallPlace): void {
    if (place.legs.size > 0 || this.#calls.get(callId) !== place) return;
    if (place.recording !== undefined) {
      this.#forgetLater(callId, place);
      return;
    }
    this.#calls.delete(callId);
    place.thread.calls--;
  }

  /** The recording ended with the last leg; its result may be asked for, but not for ever. */
  #forgetLater(callId: string, place: CallPlace): void {
    setTimeout(() => {
      if (place.legs.size > 0) return;
      place.recording = undefined;
      this.#leave(callId, place);
    }, keepFinishedMs).unref();
  }

  #ask<D extends Request['do']>(thread: Thread, request: Extract<Request, { do: D }>): Promise<Answers[D]> {
    return new Promise((resolve, reject) => {
      if (thread.worker === undefined) {
        reject(new AppError('media.failed', 'The media engine is not running.'));
        return;
      }
      const id = this.#nextId++;
      thread.waiting.set(id, { resolve: (value) => resolve(value as Answers[D]), reject });
      thread.outbox.post({ is: 'request', id, request }, 'now');
    });
  }

  #order(thread: Thread, order: Order): void {
    if (thread.worker !== undefined) thread.outbox.post({ is: 'order', order }, 'soon');
  }

  /** Starts the thread's worker; rejects when it does not come up. */
  #run(thread: Thread): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.#spawn(thread.setup);
      let problem = new AppError('media.failed', 'The media thread ended at its start.');
      thread.worker = worker;
      thread.outbox = new Outbox((batch) => worker.postMessage(batch));
      worker.on('message', (batch: FromWorker[]) => {
        for (const message of batch) {
          if (message.is === 'ready') {
            thread.ready = true;
            resolve();
          } else if (message.is === 'failed' && message.id === 0) {
            problem = new AppError(message.code, message.message);
          } else this.#take(thread, message);
        }
      });
      worker.on('error', (error) => {
        problem = new AppError('media.failed', `The media thread failed: ${error.message}`);
      });
      worker.on('exit', () => {
        reject(problem);
        this.#gone(thread, worker, problem);
      });
    });
  }

  #take(thread: Thread, message: FromWorker): void {
    switch (message.is) {
      case 'done':
        thread.waiting.get(message.id)?.resolve(message.value);
        thread.waiting.delete(message.id);
        break;
      case 'failed':
        thread.waiting.get(message.id)?.reject(new AppError(message.code, message.message));
        thread.waiting.delete(message.id);
        break;
      case 'leg': {
        const leg = this.#legs.get(message.leg);
        if (leg !== undefined && !leg.closed) this.#deliver(leg, message.event);
        break;
      }
      case 'recording-failed': {
        const recording = this.#calls.get(message.callId)?.recording;
        if (recording?.id === message.recording) recording.onFailed(message.problem);
        break;
      }
      case 'log':
        this.#options.log[message.level](message.fields, message.message);
        break;
      case 'promised':
        thread.promised += message.ports;
        break;
      case 'ready':
        break;
    }
  }

  /** A fault of whoever listens must not end the engine's message loop. */
  #deliver(leg: LegPlace, event: LegEvent): void {
    try {
      deliver(leg.options.on, event);
    } catch (error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.warn({ problem, tell: event.tell }, 'a listener of a media leg failed');
    }
  }

  /** The worker ended, as asked or not. */
  #gone(thread: Thread, worker: Worker, problem: AppError): void {
    if (thread.worker !== worker) return;
    const served = thread.ready;
    thread.worker = undefined;
    thread.ready = false;
    thread.promised = 0;
    for (const { reject } of thread.waiting.values()) reject(problem);
    thread.waiting.clear();
    if (this.#state !== 'running' || !served) return;
    this.#options.log.warn({ problem: problem.message }, 'a media thread died; another takes its place');
    this.#loseCalls(thread, problem.message);
    this.#restart(thread);
  }

  #loseCalls(thread: Thread, problem: string): void {
    const lost = [...this.#legs.values()].filter((leg) => leg.place.thread === thread);
    for (const [callId, place] of [...this.#calls]) {
      if (place.thread !== thread) continue;
      this.#calls.delete(callId);
      place.recording?.onFailed(problem);
      place.recording = undefined;
    }
    thread.calls = 0;
    for (const leg of lost) {
      this.#legs.delete(leg.key);
      leg.closed = true;
      if (leg.opened) this.#deliver(leg, { tell: 'lost', cause: 'closed' });
    }
  }

  #restart(thread: Thread): void {
    this.#run(thread).catch((error: unknown) => {
      if (this.#state !== 'running') return;
      const problem = error instanceof Error ? error.message : String(error);
      this.#options.log.warn({ problem }, 'a media thread could not be started; trying again');
      setTimeout(() => {
        if (this.#state === 'running') this.#restart(thread);
      }, restartMs).unref();
    });
  }

  async #stopThread(thread: Thread): Promise<void> {
    const { worker } = thread;
    if (worker === undefined) return;
    const limit = setTimeout(() => void worker.terminate(), stopMs);
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await this.#ask(thread, { do: 'stop' }).catch(() => {});
    await worker.terminate();
    await ended;
    clearTimeout(limit);
  }
}

function deliver(on: LegEvents, event: LegEvent): void {
  if (event.tell === 'digit') on.digit(event.digit);
  else if (event.tell === 'flowing') on.flowing();
  else if (event.tell === 'lost') on.lost(event.cause);
  else on.played(event.playId);
}
