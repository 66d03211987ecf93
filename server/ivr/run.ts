import type { Kernel, Timer } from '#server/kernel/index.ts';
import {
  type Flow,
  type FlowEffect,
  type FlowEvent,
  type FlowState,
  startFlow,
  step,
} from '#shared/flow/index.ts';
import { ivrOps } from './ivr.store.ts';
import type { IvrCall } from './types.ts';

/**
 * One flow on one call: feeds what happens to the call into the interpreter and carries out what it says. An effect
 * that fails (unknown queue, no media) hangs the call up: a caller must never be left in silence.
 */
export class FlowRun {
  readonly #kernel: Kernel;
  readonly #call: IvrCall;
  readonly #onOver: () => void;
  #state: FlowState;
  #timer: Timer | undefined;
  /** The turn of the prompt that plays now. */
  #playing = 0;
  /** Events that came while effects are being carried out. */
  readonly #due: FlowEvent[] = [];
  #busy = false;
  #over = false;

  constructor(kernel: Kernel, call: IvrCall, flow: Flow, onOver: () => void) {
    this.#kernel = kernel;
    this.#call = call;
    this.#onOver = onOver;
    this.#state = startFlow(flow);
  }

  start(): void {
    const { on } = this.#call;
    on.digit = (digit) => this.#tell({ type: 'digit', digit });
    on.played = () => this.#tell({ type: 'played', turn: this.#playing });
    on.ended = () => this.#tell({ type: 'hung-up' });
    this.#tell({ type: 'started' });
  }

  #tell(event: FlowEvent): void {
    if (this.#over) return;
    this.#due.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#due.shift(); next && !this.#over; next = this.#due.shift()) this.#step(next);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
  }

  #step(event: FlowEvent): void {
    const { state, effects } = step(this.#state, event);
    this.#state = state;
    if (state.at !== 'collecting' && state.at !== 'recording') this.#cancel();
    if (state.at === 'left') this.#leave(); // before the last effect: a queued call belongs to others
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: FlowEffect): void {
    const call = this.#call;
    switch (effect.type) {
      case 'answer':
        call.answer().then(
          () => this.#tell({ type: 'answered' }),
          (error: unknown) => this.#over || this.#failed(error), // it may have gone while answering
        );
        break;
      case 'play':
        this.#playing = effect.turn;
        call.play(effect.prompt);
        break;
      case 'stop-playing':
        call.stopPlaying();
        break;
      case 'collect': {
        const { turn, timeoutMs } = effect;
        this.#timer = this.#kernel.clock.after(timeoutMs, () => this.#tell({ type: 'timeout', turn }));
        break;
      }
      case 'enqueue': {
        const taken = call.enqueue(effect.node);
        this.#tell({ type: 'handed-over', taken });
        break;
      }
      case 'record': {
        const { turn, maxMs } = effect;
        call.record();
        this.#timer = this.#kernel.clock.after(maxMs, () => this.#tell({ type: 'timeout', turn }));
        break;
      }
      case 'stop-recording':
        call.stopRecording();
        break;
      case 'menu-left':
        this.#menuLeft(effect);
        break;
      case 'echo':
        call.echo();
        break;
      case 'hang-up':
        call.hangUp();
        break;
    }
  }

  /** I10: the fact says where and how; the key is the caller's own word, and stored beside it. */
  #menuLeft(left: Extract<FlowEffect, { type: 'menu-left' }>): void {
    const { clock, journal } = this.#kernel;
    const { interactionId } = this.#call;
    const { node, by } = left;
    const words =
      left.by === 'key' ? [ivrOps.menuAnswer({ interactionId, at: clock.now(), node, key: left.key })] : [];
    journal.append({ type: 'flow.menu-left', interactionId, node, by }, words);
  }

  #failed(error: unknown): void {
    this.#kernel.log.error({ err: error, callId: this.#call.callId, node: this.#state.node }, 'flow failed');
    this.#leave();
    this.#call.hangUp();
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel();
    const { on } = this.#call;
    on.digit = undefined;
    on.played = undefined;
    on.ended = undefined;
    this.#onOver();
  }
}
