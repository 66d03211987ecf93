import type { MediaEngine, MediaLeg } from '../media/index.ts';
import type { DialogHandlers, InviteTarget, OutgoingInvite, SipDialog, SipServer } from '../sip/index.ts';

/** One phone to ring. */
export interface Device {
  readonly target: InviteTarget;
  readonly webrtc: boolean;
}

/** The phone that was answered, with its open leg. */
export interface AnsweredLeg {
  readonly legId: string;
  readonly media: MediaLeg;
  readonly dialog: SipDialog;
}

export interface RingEvents {
  ringing(legId: string): void;
  answered(leg: AnsweredLeg): void;
  /** Every phone refused, failed or was unreachable. */
  failed(outcome: 'busy' | 'declined' | 'failed', sipCode: number): void;
  digit(legId: string, digit: string): void;
  /** The phone itself holds the call, or takes it back. */
  held(legId: string, on: boolean): void;
  /** The answered leg ended, or its media did. */
  left(legId: string, cause: 'hung-up' | 'lost'): void;
}

export interface RingOptions {
  readonly sip: SipServer;
  readonly media: MediaEngine;
  readonly callId: string;
  /** The phones there are now. */
  readonly devices: () => readonly Device[];
  /** Asked when an INVITE is sent: what is known of the caller by then. */
  readonly from: () => { display: string; user: string };
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly newLegId: () => string;
  readonly on: RingEvents;
}

interface Line {
  readonly legId: string;
  /** The contact that is rung. */
  readonly uri: string;
  state: 'ringing' | 'answered' | 'gone';
  media: MediaLeg | undefined;
  invite: OutgoingInvite | undefined;
}

/**
 * Rings all phones of one agent at once.
 *
 *     preparing --media ready--> inviting --200--> answered (the first one; the others are cancelled)
 *         |                         |
 *         +------- stop, failure ---+--> gone (media closed, INVITE cancelled; a crossing 200 is hung up)
 */
export class Ring {
  readonly #o: RingOptions;
  readonly #lines: Line[] = [];
  #over = false;
  #worst = 0;

  constructor(options: RingOptions) {
    this.#o = options;
  }

  /** Rings; once, and not after `stop`. */
  start(): void {
    if (this.#over || this.#lines.length > 0) return;
    this.#ringNew();
    if (this.#lines.length > 0) return;
    this.#over = true;
    this.#o.on.failed('failed', 480);
  }

  /** A phone has come: it is rung too, unless it is one that rings already and only registered again. */
  phoneCame(): void {
    if (!this.#over && this.#lines.length > 0) this.#ringNew();
  }

  #ringNew(): void {
    const rung = new Set(this.#lines.map(({ uri }) => uri));
    for (const device of this.#o.devices()) {
      const { uri } = device.target;
      if (rung.has(uri)) continue;
      const line: Line = {
        legId: this.#o.newLegId(),
        uri,
        state: 'ringing',
        media: undefined,
        invite: undefined,
      };
      this.#lines.push(line);
      this.#invite(line, device).catch(() => this.#lineFailed(line, 500));
    }
  }

  /** Stops ringing; safe in every state. An answered phone is no longer this ring's business. */
  stop(reason?: string): void {
    this.#over = true;
    for (const line of this.#lines) this.#drop(line, reason);
  }

  async #invite(line: Line, device: Device): Promise<void> {
    const { media, callId, on } = this.#o;
    const gone = (): boolean => line.state === 'gone'; // asked anew after each wait
    const leg = await media.leg({
      callId,
      legId: line.legId,
      kind: device.webrtc ? 'webrtc' : 'rtp',
      on: {
        digit: (digit) => on.digit(line.legId, digit),
        flowing: () => undefined,
        lost: () => on.left(line.legId, 'lost'),
        held: (held) => on.held(line.legId, held),
        played: () => undefined,
      },
    });
    if (gone()) return void leg.close();
    line.media = leg;
    const sdp = await leg.offer();
    if (gone()) return;
    line.invite = this.#o.sip.invite({
      target: device.target,
      from: this.#o.from(),
      to: this.#o.to,
      sdp,
      headers: this.#o.headers,
      handlers: {
        onProgress: (code) => {
          if (code === 180 && line.state === 'ringing') on.ringing(line.legId);
        },
        onAnswered: (dialog, answer) => this.#answered(line, leg, dialog, answer),
        onFailed: (code) => this.#lineFailed(line, code),
        dialog: this.#dialogHandlers(line, leg),
      },
    });
  }

  #answered(line: Line, media: MediaLeg, dialog: SipDialog, answer: string): void {
    if (line.state === 'gone' || this.#over) {
      dialog.bye('answered elsewhere');
      return;
    }
    this.#over = true;
    line.state = 'answered';
    for (const other of this.#lines) this.#drop(other, 'answered elsewhere');
    media.answered(answer).catch(() => this.#o.on.left(line.legId, 'lost'));
    this.#o.on.answered({ legId: line.legId, media, dialog });
  }

  #dialogHandlers(line: Line, media: MediaLeg): DialogHandlers {
    const { on } = this.#o;
    return {
      onEnded: (end) => on.left(line.legId, end.cause === 'remote-bye' ? 'hung-up' : 'lost'),
      onOffer: (offer) => (offer === undefined ? media.offer() : media.accept(offer)),
      onAnswer: (sdp) => void media.answered(sdp).catch(() => on.left(line.legId, 'lost')),
      onDigit: (digit) => on.digit(line.legId, digit),
    };
  }

  #lineFailed(line: Line, code: number): void {
    if (line.state !== 'ringing') return;
    this.#drop(line);
    this.#worst = severity(code) > severity(this.#worst) ? code : this.#worst;
    if (this.#over || this.#lines.some((l) => l.state !== 'gone')) return;
    this.#over = true;
    this.#o.on.failed(outcomeOf(this.#worst), this.#worst);
  }

  #drop(line: Line, reason?: string): void {
    if (line.state !== 'ringing') return;
    line.state = 'gone';
    line.invite?.cancel(reason);
    void line.media?.close();
  }
}

const severity = (code: number): number =>
  code === 486 || code === 600 ? 3 : code === 603 || code === 480 ? 2 : code > 0 ? 1 : 0;

function outcomeOf(code: number): 'busy' | 'declined' | 'failed' {
  if (code === 486 || code === 600) return 'busy';
  return code === 603 || code === 480 ? 'declined' : 'failed';
}
