import { type Timer, timer } from '../timers.ts';
import type { ClientUser } from '../transaction/index.ts';
import { reasonOf, type SipResponse } from '../wire/index.ts';
import type { Dialog } from './dialog.ts';
import { acceptSession, giveUpAfter, minSe, type Session, sessionLines } from './session.core.ts';

export type { Session } from './session.core.ts';

/** After a refresh that was put off, the next try, in ms. */
const AGAIN_MS = 40_000;

/** Keeps a session alive, or ends it (RFC 4028 10). */
export class SessionTimer implements ClientUser {
  current: Session | undefined;
  private readonly dialog: Dialog;
  private readonly timer: Timer;
  private giveUpAt = 0;

  constructor(dialog: Dialog) {
    this.dialog = dialog;
    this.timer = timer(() => this.due());
  }

  /** Starts from now, as after every refresh; undefined: the session does not expire. */
  start(session: Session | undefined): void {
    const { timers } = this.dialog.core;
    this.current = session;
    timers.stop(this.timer);
    if (session === undefined || this.dialog.state !== 'confirmed') return;
    const limit = giveUpAfter(session) * 1000;
    this.giveUpAt = timers.clock.now() + limit;
    timers.start(this.timer, session.refresher === 'us' ? Math.floor(session.interval / 2) * 1000 : limit);
  }

  stop(): void {
    this.dialog.core.timers.stop(this.timer);
  }

  lines(): string {
    return sessionLines(this.current);
  }

  /** UPDATE was answered. */
  onResponse(response: SipResponse): void {
    const { dialog } = this;
    if (response.status < 200 || dialog.state !== 'confirmed') return;
    if (response.status < 300) {
      dialog.learn(response);
      this.start(acceptSession(response) ?? this.current);
    } else if (response.status === 422 && this.current !== undefined) {
      this.current = { ...this.current, interval: Math.max(this.current.interval, minSe(response)) };
      this.again();
    } else if (!dialog.fatal(response.status)) {
      // 405 and 501: no UPDATE after all.
      if (response.status === 405 || response.status === 501) dialog.peerAllowsUpdate = false;
      this.again();
    }
  }

  onFailure(cause: 'timeout' | 'transport'): void {
    if (cause === 'timeout') this.dialog.fatal(408);
    else this.again();
  }

  private due(): void {
    const { dialog, current } = this;
    if (current === undefined || dialog.state !== 'confirmed') return;
    if (dialog.core.timers.clock.now() >= this.giveUpAt) {
      dialog.giveUp('session-expired', `SIP;cause=408;text="${reasonOf(408)}"`);
      return;
    }
    this.again();
    if (dialog.inLimbo) return;
    if (dialog.peerAllowsUpdate) {
      // RFC 4028 7.4 prefers UPDATE without an offer.
      dialog.request('UPDATE', `Supported: timer\r\n${this.lines()}`, '', this);
    } else if (dialog.localSdp !== '' && dialog.offers.idle) {
      dialog.offers.propose(dialog.localSdp).catch((error: Error) => {
        dialog.core.log.debug({ error: error.message }, 'sip session refresh refused');
      });
    }
  }

  private again(): void {
    const { timers } = this.dialog.core;
    const left = this.giveUpAt - timers.clock.now();
    if (this.dialog.state === 'confirmed') timers.start(this.timer, Math.max(0, Math.min(AGAIN_MS, left)));
  }
}
