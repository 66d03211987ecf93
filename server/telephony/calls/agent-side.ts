import type { Kernel, Timer } from '#server/kernel/index.ts';
import { OFFER_HEADER, RESUME_HEADER } from '#shared/contract/calls.ts';
import type { MediaEngine } from '../media/index.ts';
import type { SipServer } from '../sip/index.ts';
import { type AnsweredLeg, type Device, Ring } from './ring.ts';

/** K4: how long a desk has to paint the pop before its phones ring anyway. */
const POP_WAIT_MS = 400;
/** K3: how long a call waits for an agent whose audio vanished. */
const RECOVERY_MS = 20_000;

export interface AgentHouse {
  readonly kernel: Kernel;
  readonly sip: SipServer;
  readonly media: MediaEngine;
  /** The agent's phones now. */
  devices(agentId: string): readonly Device[];
  username(agentId: string): string;
  /** Has the agent a desk open that will show the pop? */
  deskOpen(agentId: string): boolean;
}

/** The call as the agent's phones see it. */
export interface AgentCall {
  readonly callId: string;
  readonly interactionId: string;
  /** The caller, as the phone shows it. */
  from(): { readonly display: string; readonly user: string };
  /** What the desk is to show of the caller is there, or never will be. */
  popKnown(): boolean;
}

export interface AgentEvents {
  /** The first of the phones rings. */
  ringing(legId: string, agentId: string): void;
  /** A phone answers this offer: false when it is no longer to be had, and that phone is let go. */
  accepts(offerId: string): boolean;
  answered(offerId: string, agentId: string): void;
  /** Every phone refused this offer. */
  failed(offerId: string, outcome: 'busy' | 'declined' | 'failed'): void;
  /** A phone answered that was rung again. */
  back(): void;
  /** None did in time (K3). */
  overdue(): void;
  digit(digit: string): void;
  /** The agent's phone itself holds the call, or takes it back. */
  held(on: boolean): void;
  left(cause: 'hung-up' | 'lost'): void;
}

/** The phones that ring for one offer. */
interface Ringing {
  readonly ring: Ring;
  popTimer: Timer | undefined;
  /** The desk shows it, or there is no desk that could. */
  shown: boolean;
  /** One of them rings. */
  rings: boolean;
}
/** Stands for the offer when phones are rung again for a call their agent already had. */
const AGAIN = 'again';

/**
 * The agent's leg: the phones that ring for an offer (with ring all for several, each of another agent), or again for
 * a call that lost its agent, and the one that answered.
 *
 *     nobody --ring--> pop awaited --painted, 400 ms--> ringing --answer--> leg --letGo--> nobody
 *                                                           ^                | awaitBack (K3)
 *                                                           |                v
 *                                                           +--ringAgain-- awaited --20 s--> nobody (overdue)
 */
export class AgentSide {
  readonly #house: AgentHouse;
  readonly #call: AgentCall;
  readonly #on: AgentEvents;
  readonly #ringing = new Map<string, Ringing>();
  #recoveryTimer: Timer | undefined;
  #leg: AnsweredLeg | undefined;

  constructor(house: AgentHouse, call: AgentCall, on: AgentEvents) {
    this.#house = house;
    this.#call = call;
    this.#on = on;
  }

  /** The phone that has the call. */
  get leg(): AnsweredLeg | undefined {
    return this.#leg;
  }

  /** A phone rings, of this offer or of any. */
  rings(offerId?: string): boolean {
    if (offerId !== undefined) return this.#ringing.get(offerId)?.rings ?? false;
    return [...this.#ringing.values()].some(({ rings }) => rings);
  }

  /** Rings all phones of the agent for an offer, once the desk shows it. */
  ring(offerId: string, agentId: string): void {
    const ring = this.#newRing(
      offerId,
      agentId,
      { [OFFER_HEADER]: offerId },
      (leg) => {
        if (!this.#on.accepts(offerId)) {
          leg.dialog.bye('offer gone');
          void leg.media.close();
          return;
        }
        this.#leg = leg;
        this.#on.answered(offerId, agentId);
      },
      (outcome) => this.#on.failed(offerId, outcome),
    );
    const ringing: Ringing = {
      ring,
      popTimer: undefined,
      shown: !this.#house.deskOpen(agentId),
      rings: false,
    };
    this.#ringing.set(offerId, ringing);
    if (!this.#startIfDue(ringing))
      ringing.popTimer = this.#house.kernel.clock.after(POP_WAIT_MS, () => ring.start());
  }

  /** The desk has painted the offer: ring now, unless the pop itself is still to come. */
  popShown(offerId: string): void {
    const ringing = this.#ringing.get(offerId);
    if (!ringing) return;
    ringing.shown = true;
    this.#startIfDue(ringing);
  }

  /** The pop is known, and told to the desks: whoever waited only for that is rung. */
  popCame(): void {
    for (const ringing of this.#ringing.values()) this.#startIfDue(ringing);
  }

  #startIfDue({ ring, shown, popTimer }: Ringing): boolean {
    if (!shown || !this.#call.popKnown()) return false;
    popTimer?.cancel();
    ring.start();
    return true;
  }

  /** K4: a page that was reloaded while it rang has a new phone. */
  phoneCame(offerId: string): void {
    this.#ringing.get(offerId)?.ring.phoneCame();
  }

  /**
   * K3: the phone that has the call is lost and let go; the others ring at once (another window, or the handset beside
   * it, may take over), and whichever is back rings. Returns the leg that was lost.
   */
  awaitBack(agentId: string): AnsweredLeg | undefined {
    const lost = this.letGo('media lost');
    void lost?.media.close();
    this.#recoveryTimer = this.#house.kernel.clock.after(RECOVERY_MS, () => this.#on.overdue());
    this.ringAgain(agentId);
    return lost;
  }

  /** Rings all phones of the agent for the call they already had (K3). */
  ringAgain(agentId: string): void {
    this.stopRinging();
    const ring = this.#newRing(
      AGAIN,
      agentId,
      { [RESUME_HEADER]: this.#call.interactionId },
      (leg) => {
        this.#leg = leg;
        this.stop();
        this.#on.back();
      },
      () => undefined,
    );
    this.#ringing.set(AGAIN, { ring, popTimer: undefined, shown: true, rings: false });
    ring.start();
  }

  /** Of one offer, or of all. The phone that answered, if one did, keeps its leg. */
  stopRinging(offerId?: string): void {
    const which = offerId === undefined ? [...this.#ringing.keys()] : [offerId];
    for (const id of which) {
      const ringing = this.#ringing.get(id);
      this.#ringing.delete(id);
      ringing?.popTimer?.cancel();
      ringing?.ring.stop();
    }
  }

  /** Nobody is rung or awaited any more. */
  stop(): void {
    this.#recoveryTimer?.cancel();
    this.stopRinging();
  }

  /** BYE to the phone that has the call. Returns its leg, whose media the caller of this closes. */
  letGo(reason?: string): AnsweredLeg | undefined {
    const leg = this.#leg;
    this.#leg = undefined; // first, so that what ends now is not taken for the agent leaving
    leg?.dialog.bye(reason);
    return leg;
  }

  #newRing(
    offerId: string,
    agentId: string,
    headers: Readonly<Record<string, string>>,
    answered: (leg: AnsweredLeg) => void,
    failed: (outcome: 'busy' | 'declined' | 'failed') => void,
  ): Ring {
    const house = this.#house;
    const { sip, media, kernel } = house;
    const mine = (legId: string): boolean => legId === this.#leg?.legId;
    return new Ring({
      sip,
      media,
      callId: this.#call.callId,
      devices: () => house.devices(agentId),
      from: () => this.#call.from(),
      to: house.username(agentId),
      headers,
      newLegId: () => kernel.ids.next('leg'),
      on: {
        ringing: (legId) => {
          const ringing = this.#ringing.get(offerId);
          if (!ringing || ringing.rings) return;
          ringing.rings = true;
          this.#on.ringing(legId, agentId);
        },
        answered,
        failed,
        digit: (legId, digit) => mine(legId) && this.#on.digit(digit),
        held: (legId, on) => mine(legId) && this.#on.held(on),
        left: (legId, cause) => mine(legId) && this.#on.left(cause),
      },
    });
  }
}
