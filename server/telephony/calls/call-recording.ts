import { join } from 'node:path';
import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { MediaEngine } from '../media/index.ts';

export interface RecordingHouse {
  readonly kernel: Kernel;
  readonly media: MediaEngine;
  /** Absolute path of the folder for recordings. */
  readonly recordings: string;
}

/**
 * The recording of one call, and its facts.
 *
 *     off --start--> on --the disk refuses--> failed, and ended with what was written so far
 *      |              +--finish--> on, ended
 *      +--it cannot be started--> failed
 */
export class CallRecording {
  state: 'on' | 'off' | 'failed' = 'off';
  readonly #house: RecordingHouse;
  readonly #callId: string;
  readonly #interactionId: string;
  #file: string | undefined;

  constructor(house: RecordingHouse, callId: string, interactionId: string) {
    this.#house = house;
    this.#callId = callId;
    this.#interactionId = interactionId;
  }

  /** `arrivedAt` names the folder of the day; `left` and `right` are leg ids. */
  async start(arrivedAt: number, left: string, right: string, agentId: string | undefined): Promise<void> {
    const { kernel, media, recordings } = this.#house;
    const interactionId = this.#interactionId;
    const who = agentId === undefined ? {} : { agentId };
    const day = new Date(arrivedAt).toISOString().slice(0, 10).replaceAll('-', '/');
    const file = `${day}/${interactionId}.wav`;
    let told = false;
    const onFailed = (problem: string): void => {
      if (told) return; // a recorder that dies while it starts says both
      told = true;
      this.state = 'failed';
      kernel.journal.append({ type: 'recording.failed', interactionId, problem, ...who });
      void this.finish(who); // now: a server killed later in this call must not take the written part with it
    };
    this.#file = file; // before it has begun: a call that ends in this moment completes it
    try {
      await media.record(this.#callId, { file: join(recordings, file), left, right, onFailed });
      if (this.state === 'off') this.state = 'on';
      kernel.journal.append({ type: 'recording.started', interactionId, file, ...who });
    } catch (error) {
      this.#file = undefined;
      kernel.log.error({ err: error, callId: this.#callId }, 'recording cannot start');
      onFailed(error instanceof AppError ? error.message : 'The recording could not be started.');
    }
  }

  /** The agent speaks on another leg from now on. */
  follow(right: string): void {
    this.#house.media.recordRight(this.#callId, right);
  }

  /** Resolves when the file is complete, as far as the disk took it. */
  async finish(who: { agentId?: string }): Promise<void> {
    const { kernel, media } = this.#house;
    const file = this.#file;
    this.#file = undefined;
    const result = await media.stopRecording(this.#callId).catch((error: unknown) => {
      kernel.log.error({ err: error, callId: this.#callId }, 'recording cannot be completed');
      return undefined;
    });
    if (!result || !file) return;
    const { durationMs } = result;
    kernel.journal.append({
      type: 'recording.ended',
      interactionId: this.#interactionId,
      file,
      durationMs,
      ...who,
    });
  }
}
