import { AppError } from '#shared/contract/app-error.ts';
import { PromptLibrary } from './audio/prompts.ts';
import { diskWords } from './audio/recorder.ts';
import { Call } from './call.ts';
import { Ticker, type TickTime } from './clock.core.ts';
import { Leg, type LegHouse } from './leg.ts';
import type { PathEvents } from './net/path.ts';
import { PortPool, type UdpPort } from './net/ports.ts';
import type { Answers, FromWorker, LegKey, OpenLeg, Order, Request, WorkerSetup } from './protocol.ts';

/** What a worker gives its host. */
import type { WebrtcPath } from './webrtc/webrtc-path.ts';
export interface HostOptions {
  readonly setup: WorkerSetup;
  readonly time: TickTime;
  readonly random: () => number;
  readonly webrtcPath: (port: UdpPort, events: PathEvents) => Promise<WebrtcPath>;
  readonly post: (message: FromWorker) => void;
}

interface Open {
  readonly key: LegKey;
  readonly leg: Leg;
  readonly call: Call;
  readonly port: UdpPort;
  /** The newest `play`: an older one that loads later is dropped. */
  playId: string | undefined;
}

const sweepMs = 1000;
const mostPromised = 32;
/** A recording that ended by itself can be asked for this long. */
const keepFinishedMs = 60_000;

/** All calls of one worker: carries out requests, and runs the clock while a call needs it. */
export class Host {
  readonly #options: HostOptions;
  readonly #ports: PortPool;
  #refilling = false;
  readonly #prompts: PromptLibrary;
  readonly #ticker: Ticker;
  readonly #calls = new Map<string, Call>();
  readonly #legs = new Map<LegKey, Open>();
  readonly #awake = new Set<Call>();
  /** When an empty call is forgotten. */
  readonly #leaving = new Map<Call, number>();
  #sweeping: (() => void) | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    const { setup, time } = options;
    this.#ports = new PortPool(setup.host, setup.ports, () => time.now());
    this.#prompts = new PromptLibrary(() => time.now());
    this.#ticker = new Ticker(time, (index) => this.#tick(index));
  }

  /** Binds the first ports, which shows whether the address can be bound at all. @throws AppError `media.no-ports` */
  async start(): Promise<void> {
    await this.#promise();
    await this.#refill();
  }

  /** @throws AppError */
  async request(request: Request): Promise<Answers[Request['do']]> {
    switch (request.do) {
      case 'open':
        return this.#open(request, await this.#ports.acquire());
      case 'webrtc':
        return this.#legOf(request.leg).webrtc(request.answering);
      case 'record':
        return this.#record(request);
      case 'stop-recording':
        return this.#stopRecording(request.callId);
      case 'counts':
        return this.#counts();
      case 'stop':
        return this.#stop();
    }
  }

  order(order: Order): void {
    if (order.do === 'record-right') {
      this.#calls.get(order.callId)?.recordRight(order.right);
      return;
    }
    if (order.do === 'mix') {
      const call = this.#calls.get(order.callId);
      call?.mix(order.hears);
      if (call !== undefined) this.#wake(call);
      return;
    }
    if (order.do === 'open') {
      this.#open(order, this.#ports.take(order.port));
      void this.#refill();
      return;
    }
    const open = this.#legs.get(order.leg);
    if (open === undefined) return;
    switch (order.do) {
      case 'agree':
        open.leg.agree(order.audio);
        break;
      case 'play':
        this.#play(open, order);
        break;
      case 'stop-playing':
        open.playId = undefined;
        open.leg.stopPlaying();
        break;
      case 'echo':
        open.leg.echo(order.on);
        break;
      case 'mute':
        open.leg.mute(order.on);
        break;
      case 'digit':
        open.leg.pressKey(order.digit);
        break;
      case 'close':
        this.#close(open);
        break;
    }
  }

  #open(request: OpenLeg, port: UdpPort): number {
    const call = this.#callOf(request.callId);
    const leg = new Leg(request.legId, port, this.#house(request.leg, call));
    call.add(leg);
    this.#leaving.delete(call);
    const open = { key: request.leg, leg, call, port, playId: undefined };
    this.#legs.set(request.leg, open);
    this.#sweeping ??= this.#options.time.after(sweepMs, () => this.#sweep());
    return port.port;
  }

  async #promise(): Promise<void> {
    const port = await this.#ports.reserve();
    this.#options.post({ is: 'promised', port });
  }

  /** Keeps a few ports promised to the main thread, so that a leg opens there without a round trip. */
  async #refill(): Promise<void> {
    if (this.#refilling) return;
    this.#refilling = true;
    try {
      while (this.#ports.reserved < mostPromised) await this.#promise();
    } catch {
      // none left: the next leg that closes tries again
    } finally {
      this.#refilling = false;
    }
  }

  #house(key: LegKey, call: Call): LegHouse {
    const { setup, time, random, post } = this.#options;
    return {
      silenceMs: setup.silenceMs,
      now: () => time.now(),
      random,
      webrtcPath: this.#options.webrtcPath,
      tell: (event) => {
        if (this.#legs.has(key)) post({ is: 'leg', leg: key, event });
      },
      wake: () => this.#wake(call),
      warn: (fields, message) => post({ is: 'log', level: 'warn', fields, message }),
    };
  }

  #callOf(callId: string): Call {
    let call = this.#calls.get(callId);
    if (call === undefined) {
      call = new Call(callId);
      this.#calls.set(callId, call);
    }
    return call;
  }

  #legOf(key: LegKey): Leg {
    const open = this.#legs.get(key);
    if (open === undefined) throw new AppError('media.failed', 'The leg is closed.');
    return open.leg;
  }

  #close(open: Open): void {
    this.#legs.delete(open.key);
    open.leg.close();
    open.call.remove(open.leg);
    this.#ports.release(open.port);
    if (this.#ports.reserved < mostPromised) void this.#refill();
    this.#leave(open.call);
  }

  /** An empty call stays for a while if a recording of it may still be asked for. */
  #leave(call: Call): void {
    if (!call.empty) return;
    this.#awake.delete(call);
    if (call.hasFinished) this.#leaving.set(call, this.#options.time.now() + keepFinishedMs);
    else this.#forget(call);
  }

  #forget(call: Call): void {
    this.#leaving.delete(call);
    this.#awake.delete(call);
    if (this.#calls.get(call.callId) === call) this.#calls.delete(call.callId);
  }

  #play(open: Open, order: Extract<Order, { do: 'play' }>): void {
    const { playId, file, loop } = order;
    open.playId = playId;
    const samples = this.#prompts.ready(file);
    if (samples !== undefined) {
      open.leg.play(playId, samples, loop);
      return;
    }
    open.leg.stopPlaying();
    this.#prompts.load(file).then(
      (loaded) => {
        if (open.playId === playId) open.leg.play(playId, loaded, loop);
      },
      (error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        this.#options.post({
          is: 'log',
          level: 'warn',
          fields: { file, problem },
          message: 'a prompt cannot be played',
        });
        // whoever waits for its end must not wait for ever
        if (open.playId === playId) open.leg.play(playId, new Int16Array(0), false);
      },
    );
  }

  async #record(request: Extract<Request, { do: 'record' }>): Promise<undefined> {
    const { callId, recording, file, left, right } = request;
    const call = this.#calls.get(callId);
    if (call === undefined) throw new AppError('media.failed', 'The call has no legs.');
    try {
      await call.record(recording, file, left, right, (problem) =>
        this.#options.post({ is: 'recording-failed', callId, recording, problem }),
      );
    } catch (error) {
      throw new AppError('recording.disk', diskWords(error));
    }
    this.#wake(call);
    this.#leave(call);
    return undefined;
  }

  async #stopRecording(callId: string): Promise<Answers['stop-recording']> {
    const call = this.#calls.get(callId);
    const result = await call?.stopRecording();
    if (call !== undefined) this.#leave(call);
    return result;
  }

  #counts(): Answers['counts'] {
    let calls = 0;
    let recordings = 0;
    for (const call of this.#calls.values()) {
      if (!call.empty) calls++;
      if (call.recording) recordings++;
    }
    return { legs: this.#legs.size, calls, recordings, ports: this.#ports.used };
  }

  async #stop(): Promise<undefined> {
    this.#ticker.stop();
    this.#sweeping?.();
    for (const open of [...this.#legs.values()]) this.#close(open);
    await Promise.all([...this.#calls.values()].map((call) => call.stopRecording()));
    this.#ports.close();
    return undefined;
  }

  #wake(call: Call): void {
    if (this.#awake.has(call) || !call.awake) return;
    this.#awake.add(call);
    this.#ticker.start();
  }

  #tick(index: number): void {
    for (const call of this.#awake) {
      try {
        call.tick(index);
      } catch (error) {
        this.#bug(error, call.callId);
      }
      if (!call.awake) this.#awake.delete(call);
    }
    if (this.#awake.size === 0) this.#ticker.stop();
  }

  #sweep(): void {
    const now = this.#options.time.now();
    for (const [call, until] of this.#leaving) if (until <= now) this.#forget(call);
    for (const call of this.#calls.values()) call.sweep(this.#ticker.reached);
    const wanted = this.#legs.size > 0 || this.#leaving.size > 0;
    this.#sweeping = wanted ? this.#options.time.after(sweepMs, () => this.#sweep()) : undefined;
  }

  #bug(error: unknown, callId: string): void {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.post({
      is: 'log',
      level: 'warn',
      fields: { callId, problem },
      message: 'a tick of a call failed',
    });
  }
}
