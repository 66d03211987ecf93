import { randomInt } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { AppError } from '#shared/contract/app-error.ts';
import { Negotiation } from './negotiation.ts';
import { evenPorts, fromAnother } from './net/ports.ts';
import type { Answers, LegEvent, LegKey, OpenLeg, Order, Request, WorkerSetup } from './protocol.ts';
import { spawnWorker } from './spawn.ts';
import { MediaThread, type ThreadNews } from './thread.ts';
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
const keepFinishedMs = 60_000;

/** Where a call is: all of its legs on one thread, until the last is closed and no recording is left. */
interface CallPlace {
  readonly thread: MediaThread;
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
  readonly #threads: MediaThread[] = [];
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
    const { host, rtpPorts, silenceMs = defaultSilenceMs } = this.#options;
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
      const turned = fromAnother(ports, randomInt(ports.length));
      this.#threads.push(this.#newThread({ host, ports: turned, silenceMs }));
    }
    try {
      await Promise.all(this.#threads.map((thread) => thread.run()));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    await Promise.all(this.#threads.map((thread) => thread.stop()));
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
      const port = await this.#openOn(place.thread, { leg: leg.key, callId, legId });
      leg.opened = true;
      return this.#handle(leg, this.#negotiation(leg, kind, port));
    } catch (error) {
      this.#dropLeg(leg);
      throw error;
    }
  }

  /** With a promised port there is nothing to wait for; else the thread says whether it finds one. */
  async #openOn(thread: MediaThread, open: OpenLeg): Promise<number> {
    let port = thread.takePort();
    if (port === undefined) {
      try {
        return await thread.ask({ do: 'open', ...open });
      } catch (error) {
        port = thread.takePort(); // one may have been promised while we asked
        if (port === undefined) throw error;
      }
    }
    thread.order({ do: 'open', ...open, port });
    return port;
  }

  #negotiation(leg: LegPlace, kind: LegOptions['kind'], port: number): Negotiation {
    const { key, place } = leg;
    return new Negotiation({
      kind,
      address: this.#options.advertise,
      port,
      sessionId: String(randomInt(2 ** 32)),
      webrtc: (answering) => this.#ask(leg, { do: 'webrtc', leg: key, answering }),
      agree: (audio) => {
        if (leg.closed) throw closed();
        place.thread.order({ do: 'agree', leg: key, audio });
      },
      held: (on) => this.#deliver(leg, { tell: 'held', on }),
    });
  }

  mix(callId: string, hears: Readonly<Record<string, readonly string[]>>): void {
    const place = this.#calls.get(callId);
    if (place !== undefined) place.thread.order({ do: 'mix', callId, hears });
  }

  recordRight(callId: string, right: string): void {
    const place = this.#calls.get(callId);
    if (place !== undefined) place.thread.order({ do: 'record-right', callId, right });
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
      await place.thread.ask({ do: 'record', callId, recording: id, file, left, right });
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
      return await place.thread.ask({ do: 'stop-recording', callId });
    } finally {
      if (place.recording === recording) place.recording = undefined;
      this.#leave(callId, place);
    }
  }

  async counts(): Promise<MediaCounts> {
    const ready = this.#threads.filter((thread) => thread.ready);
    const all = await Promise.all(ready.map((thread) => thread.ask({ do: 'counts' })));
    const sum = (pick: (counts: MediaCounts) => number) => all.reduce((total, one) => total + pick(one), 0);
    return {
      legs: sum((one) => one.legs),
      calls: sum((one) => one.calls),
      recordings: sum((one) => one.recordings),
      ports: sum((one) => one.ports),
    };
  }

  #ask<D extends Request['do']>(leg: LegPlace, request: Extract<Request, { do: D }>): Promise<Answers[D]> {
    return leg.closed ? Promise.reject(closed()) : leg.place.thread.ask(request);
  }

  #handle(leg: LegPlace, negotiation: Negotiation): MediaLeg {
    const { key, place } = leg;
    const order = (what: Order): void => {
      if (!leg.closed) place.thread.order(what);
    };
    return {
      legId: leg.options.legId,
      accept: (sdp) => (leg.closed ? Promise.reject(closed()) : negotiation.accept(sdp)),
      offer: () => (leg.closed ? Promise.reject(closed()) : negotiation.offer()),
      answered: (sdp) => (leg.closed ? Promise.reject(closed()) : negotiation.answered(sdp)),
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
    leg.place.thread.order({ do: 'close', leg: leg.key });
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
    let thread: MediaThread | undefined;
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

  #newThread(setup: WorkerSetup): MediaThread {
    const thread: MediaThread = new MediaThread({
      setup,
      spawn: this.#spawn,
      log: this.#options.log,
      on: {
        message: (message) => this.#take(message),
        died: (problem) => this.#loseCalls(thread, problem),
      },
    });
    return thread;
  }

  #take(message: ThreadNews): void {
    if (message.is === 'log') {
      this.#options.log[message.level](message.fields, message.message);
    } else if (message.is === 'leg') {
      const leg = this.#legs.get(message.leg);
      if (leg !== undefined && !leg.closed) this.#deliver(leg, message.event);
    } else {
      const recording = this.#calls.get(message.callId)?.recording;
      if (recording?.id === message.recording) recording.onFailed(message.problem);
    }
  }

  /** A fault of whoever listens must not end the engine's message loop. */
  #deliver(leg: LegPlace, event: LegNews): void {
    try {
      deliver(leg.options.on, event);
    } catch (error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.warn({ problem, tell: event.tell }, 'a listener of a media leg failed');
    }
  }

  #loseCalls(thread: MediaThread, problem: string): void {
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
}

const closed = (): AppError => new AppError('media.failed', 'The leg is closed.');

/** What its thread tells of a leg, and what its SDP does. */
type LegNews = LegEvent | { readonly tell: 'held'; readonly on: boolean };

function deliver(on: LegEvents, event: LegNews): void {
  if (event.tell === 'digit') on.digit(event.digit);
  else if (event.tell === 'flowing') on.flowing();
  else if (event.tell === 'lost') on.lost(event.cause);
  else if (event.tell === 'held') on.held?.(event.on);
  else on.played(event.playId);
}
