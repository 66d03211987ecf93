import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AppError } from '#shared/contract/app-error.ts';
import { holds, type RemoteAudio, type RemoteSession, readSession } from './sdp/read.core.ts';
import { answerDirection, type LocalAudio, type PathSdp, writeAnswer, writeOffer } from './sdp/write.core.ts';
import type { LegOptions } from './types.ts';

/** Our side of a leg, and the way to its audio. */
export interface Side {
  readonly kind: LegOptions['kind'];
  /** Where we take RTP: what our SDP says. */
  readonly address: string;
  readonly port: number;
  /** Numeric o= session id (RFC 4566 5.2). */
  readonly sessionId: string;
  /** Makes the WebRTC path ready and says what our SDP must say of it. `answering`: to this far end; else in an offer. */
  readonly webrtc: (answering: RemoteAudio | undefined) => Promise<PathSdp>;
  /** What the far end's SDP said, first or again. */
  readonly agree: (audio: RemoteAudio) => void;
  /** The far end holds us, or takes us back: each change once, before our answer is known. It begins not held. */
  readonly held: (on: boolean) => void;
}

/**
 * Offer and answer (RFC 3264) of one leg. It is on the main thread, because plain RTP then needs no word from the
 * media thread: only WebRTC has keys there that the SDP must carry.
 *
 *     new --accept | offer, answered--> agreed
 *                      ^--- again ---+
 *
 * Operations run one after the other; after a refused one, what was agreed before stays.
 */
export class Negotiation {
  readonly #side: Side;
  #turn: Promise<unknown> = Promise.resolve();
  #version = 0;
  #kind: RemoteAudio['kind'] | undefined;
  #session: RemoteSession | undefined;
  #offered = false;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Our answer. @throws AppError `media.failed` */
  accept(offer: string): Promise<string> {
    return this.#inTurn(async () => {
      const session = await this.#read(offer);
      const local = await this.#local(session.audio.kind, session.audio);
      this.#offered = false;
      this.#agree(session);
      return writeAnswer(session, local);
    });
  }

  /** @throws AppError `media.failed` */
  offer(): Promise<string> {
    return this.#inTurn(async () => {
      const kind = this.#kind ?? (this.#side.kind === 'webrtc' ? 'webrtc' : 'rtp');
      const local = await this.#local(kind, undefined);
      this.#offered = true;
      return writeOffer(local, this.#session);
    });
  }

  /** @throws AppError `media.failed`. The same offer may be answered again (183, then 200). */
  answered(answer: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#offered) throw new AppError('media.failed', 'There is no offer to answer.');
      this.#agree(await this.#read(answer));
    });
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => {});
    return result;
  }

  #agree(session: RemoteSession): void {
    const held = this.#session !== undefined && holds(this.#session.audio);
    this.#session = session;
    this.#kind = session.audio.kind;
    this.#side.agree(session.audio);
    if (held !== holds(session.audio)) this.#side.held(!held);
  }

  async #read(sdp: string): Promise<RemoteSession> {
    const session = readSession(sdp);
    const { audio } = session;
    const { kind } = this.#side;
    if (kind !== 'auto' && audio.kind !== kind) {
      throw new AppError('media.failed', `The leg is ${kind}, the SDP is ${audio.kind}.`);
    }
    if (this.#kind !== undefined && this.#kind !== audio.kind) {
      throw new AppError('media.failed', 'The kind of transport cannot change within a call.');
    }
    if (audio.kind === 'webrtc' || isIP(audio.address) !== 0) return session;
    try {
      const { address } = await lookup(audio.address, { family: 4 });
      return { ...session, audio: { ...audio, address } };
    } catch {
      throw new AppError('media.failed', 'The address of the audio cannot be resolved.');
    }
  }

  async #local(kind: RemoteAudio['kind'], answering: RemoteAudio | undefined): Promise<LocalAudio> {
    const side = this.#side;
    const path = kind === 'webrtc' ? await side.webrtc(answering) : undefined;
    this.#kind = kind;
    this.#version++;
    return {
      kind,
      sessionId: side.sessionId,
      version: this.#version,
      address: side.address,
      port: side.port,
      direction: answering === undefined ? 'sendrecv' : answerDirection(answering.direction, answering.zero),
      path,
    };
  }
}
