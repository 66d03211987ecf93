import { type Timer, timer } from '../timers.ts';
import type { ClientUser } from '../transaction/index.ts';
import { reasonOf, type SipResponse } from '../wire/index.ts';
import type { DialogContext, DialogState } from './context.ts';
import { acceptSession, giveUpAfter, minSe, type Session, sessionLines } from './session.core.ts';

/** After a refresh that was put off, the next try, in ms. */
const AGAIN_MS = 40_000;

/** What a session timer needs of the dialog it keeps alive. */
interface TimedDialog {
  readonly context: Pick<DialogContext, 'timers'>;
  readonly state: DialogState;
  readonly inLimbo: boolean;
  peerAllowsUpdate: boolean;
  request(method: string, extra: string, body: string, user: ClientUser): void;
  /** Refreshes by a re-INVITE, if it can. */
  repeatOffer(): void;
  learn(response: SipResponse): void;
  fatal(status: number): boolean;
  giveUp(cause: 'session-expired', reason: string): void;
}

/** Keeps a session alive, or ends it (RFC 4028 10). */
export class SessionTimer implements ClientUser {
  current: Session | undefined;
  readonly #dialog: TimedDialog;
  readonly #timer: Timer;
  #giveUpAt = 0;

  constructor(dialog: TimedDialog) {
    this.#dialog = dialog;
    this.#timer = timer(() => this.#due());
  }

  /** Starts from now, as after every refresh; undefined: the session does not expire. */
  start(session: Session | undefined): void {
    const { timers } = this.#dialog.context;
    this.current = session;
    timers.stop(this.#timer);
    if (session === undefined || this.#dialog.state !== 'confirmed') return;
    const limit = giveUpAfter(session) * 1000;
    this.#giveUpAt = timers.clock.now() + limit;
    timers.start(this.#timer, session.refresher === 'us' ? Math.floor(session.interval / 2) * 1000 : limit);
  }

  stop(): void {
    this.#dialog.context.timers.stop(this.#timer);
  }

  lines(): string {
    return sessionLines(this.current);
  }

  /** UPDATE was answered. */
  onResponse(response: SipResponse): void {
    const dialog = this.#dialog;
    if (response.status < 200 || dialog.state !== 'confirmed') return;
    if (response.status < 300) {
      dialog.learn(response);
      this.start(acceptSession(response) ?? this.current);
    } else if (response.status === 422 && this.current !== undefined) {
      this.current = { ...this.current, interval: Math.max(this.current.interval, minSe(response)) };
      this.#again();
    } else if (!dialog.fatal(response.status)) {
      // 405 and 501: no UPDATE after all.
      if (response.status === 405 || response.status === 501) dialog.peerAllowsUpdate = false;
      this.#again();
    }
  }

  onFailure(cause: 'timeout' | 'transport'): void {
    if (cause === 'timeout') this.#dialog.fatal(408);
    else this.#again();
  }

  #due(): void {
    const dialog = this.#dialog;
    const { current } = this;
    if (current === undefined || dialog.state !== 'confirmed') return;
    if (dialog.context.timers.clock.now() >= this.#giveUpAt) {
      dialog.giveUp('session-expired', `SIP;cause=408;text="${reasonOf(408)}"`);
      return;
    }
    this.#again();
    if (dialog.inLimbo) return;
    if (dialog.peerAllowsUpdate) {
      // RFC 4028 7.4 prefers UPDATE without an offer.
      dialog.request('UPDATE', `Supported: timer\r\n${this.lines()}`, '', this);
    } else {
      dialog.repeatOffer();
    }
  }

  #again(): void {
    const { timers } = this.#dialog.context;
    const left = this.#giveUpAt - timers.clock.now();
    if (this.#dialog.state === 'confirmed') timers.start(this.#timer, Math.max(0, Math.min(AGAIN_MS, left)));
  }
}
