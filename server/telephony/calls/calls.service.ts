import type { Customers } from '#server/customers/index.ts';
import { buildPop, type Interactions } from '#server/interactions/index.ts';
import type { Kernel } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { DIRECT, type Offer, type Routing, wrapUpNeedsDisposition } from '#server/routing/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { OfferView, Ref, WorkView } from '#shared/contract/views.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import type { MediaEngine } from '../media/index.ts';
import type { IncomingInvite, SipServer } from '../sip/index.ts';
import { Call, type CallHouse } from './call.ts';
import type { Device } from './ring.ts';
import type { Calls, FlowCall } from './types.ts';

export interface CallsOptions {
  readonly kernel: Kernel;
  readonly sip: SipServer;
  readonly media: MediaEngine;
  readonly people: People;
  readonly customers: Customers;
  readonly interactions: Interactions;
  readonly routing: Routing;
  /** Absolute path of the folder for recordings. */
  readonly recordings: string;
  readonly deskOpen: (agentId: string) => boolean;
}

/** The calls now alive, and what the desks may do with them. */
export interface CallsService extends Calls {
  /** Takes an INVITE off the SIP stack. */
  arrived(invite: IncomingInvite): void;
}

/** Builds the room. Routing's offers are carried from here on. */
export function createCalls(options: CallsOptions): CallsService {
  return new CallTable(options);
}

class CallTable implements CallsService {
  readonly #o: CallsOptions;
  readonly #house: CallHouse;
  readonly #calls = new Map<string, Call>();
  readonly #byItem = new Map<string, Call>();
  /** The last call of each agent: in hands, or in wrap-up. */
  readonly #ofAgent = new Map<string, Call>();
  #flows: (call: FlowCall) => boolean = () => false;
  #stopping = false;

  constructor(options: CallsOptions) {
    this.#o = options;
    this.#house = {
      kernel: options.kernel,
      sip: options.sip,
      media: options.media,
      routing: options.routing,
      recordings: options.recordings,
      devices: (agentId) => this.#devices(agentId),
      username: (agentId) => options.people.user(agentId)?.username ?? agentId,
      deskOpen: options.deskOpen,
      onQueued: (call, itemId) => void this.#byItem.set(itemId, call),
      onTaken: (call, agentId) => void this.#ofAgent.set(agentId, call),
      onEnded: (call) => this.#forget(call),
    };
    options.routing.carry({
      onOffer: (offer) => this.#offered(offer),
      onOfferEnded: (offer) =>
        this.#byItem.get(offer.itemId)?.dispatch({ type: 'offer-ended', offerId: offer.id }),
      onItemRefused: (itemId, outcome) => this.#refused(itemId, outcome),
    });
  }

  flows(run: (call: FlowCall) => boolean): void {
    this.#flows = run;
  }

  arrived(invite: IncomingInvite): void {
    if (this.#stopping) {
      invite.reject(503, 'Service Unavailable', { 'Retry-After': '10' });
      return;
    }
    const { kernel, customers, interactions, people } = this.#o;
    const { ids, journal } = kernel;
    const dnis = normalizeNumber(invite.requestUri.user);
    const ani = invite.source.account ?? callerNumber(invite);
    const match = customers.match(ani);
    const pop = buildPop({ customers, interactions }, match, ani);
    const direction = invite.source.account ? 'internal' : 'inbound';
    const callId = ids.next('call');
    const interactionId = ids.next('int');
    const customer = match.customerId ? { customerId: match.customerId } : {};
    const user = people.userByName(dnis);
    const { at: arrivedAt } = journal.append({
      type: 'interaction.opened',
      interactionId,
      channel: 'call',
      direction,
      ani,
      dnis,
      ...customer,
    });
    journal.append({ type: 'call.arrived', callId, interactionId, ani, dnis, ...customer });
    const call = new Call(this.#house, { id: callId, interactionId, ani, dnis, pop, arrivedAt }, invite);
    this.#calls.set(callId, call);
    if (user?.roles.includes('agent')) call.queue(DIRECT, 0, user.id);
    else if (!this.#flows(call)) call.dispatch({ type: 'refuse', code: 404, end: 'rejected' });
  }

  counts(): { calls: number; ringing: number } {
    let ringing = 0;
    for (const call of this.#calls.values()) if (call.ringing) ringing += 1;
    return { calls: this.#calls.size, ringing };
  }

  hasPhone(agentId: string): boolean {
    return this.#devices(agentId).length > 0;
  }

  phoneRegistered(agentId: string): void {
    this.#ofAgent.get(agentId)?.phoneBack();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const calls = [...this.#calls.values()];
    for (const call of calls) call.dispatch({ type: 'server-stopping' });
    await Promise.all(calls.map((call) => call.finished()));
  }

  // --- views --------------------------------------------------------------------------------------------------

  offerView(agentId: string): OfferView | null {
    const offer = this.#o.routing.agent(agentId)?.offer;
    const call = offer && this.#byItem.get(offer.itemId);
    if (!offer || !call) return null;
    return {
      offerId: offer.id,
      itemId: offer.itemId,
      interactionId: offer.interactionId,
      channel: offer.channel,
      queue: this.#queueRef(offer.queueId),
      number: call.origin.ani,
      dnis: call.dnis,
      digits: call.digits,
      arrivedAt: call.arrivedAt,
      offeredAt: offer.offeredAt,
      expiresAt: offer.expiresAt,
      ringing: call.ringing,
      pop: call.pop,
    };
  }

  workView(agentId: string): WorkView | null {
    const agent = this.#o.routing.agent(agentId);
    const call = this.#ofAgent.get(agentId);
    if (!call || !agent?.work || agent.work.interactionId !== call.origin.interactionId) return null;
    const { interactions } = this.#o;
    const { interactionId } = call.origin;
    const { notes, rev } = interactions.notes(interactionId);
    return {
      itemId: agent.work.itemId,
      interactionId,
      callId: call.endedAt === undefined ? call.callId : null,
      channel: 'call',
      phase: call.endedAt !== undefined ? 'wrap-up' : call.state.held ? 'held' : 'talking',
      muted: call.state.muted,
      audioLost: call.state.phase === 'recovering',
      recording: call.recording,
      queue: this.#queueRef(agent.work.queueId),
      number: call.origin.ani,
      dnis: call.dnis,
      digits: call.digits,
      arrivedAt: call.arrivedAt,
      answeredAt: call.answeredAt ?? call.arrivedAt,
      endedAt: call.endedAt ?? null,
      end: call.end ?? null,
      pop: call.pop,
      notes,
      notesRev: rev,
      disposition: interactions.disposition(interactionId),
      wrapUp: agent.wrapUp ? { mode: agent.wrapUp.mode, deadline: agent.wrapUp.deadline ?? null } : null,
    };
  }

  // --- commands -----------------------------------------------------------------------------------------------

  offerShown(agentId: string, offerId: string): void {
    const offer = this.#o.routing.agent(agentId)?.offer;
    if (offer?.id !== offerId) return; // painted too late: nothing left to ring
    this.#byItem.get(offer.itemId)?.popShown();
  }

  declineOffer(agentId: string, offerId: string): void {
    const { routing } = this.#o;
    if (routing.agent(agentId)?.offer?.id !== offerId)
      throw new AppError('offer.gone', 'This offer is over.');
    routing.decline(offerId, 'declined');
  }

  mute(agentId: string, interactionId: string, muted: boolean): void {
    this.#live(agentId, interactionId).dispatch({ type: 'mute', muted });
  }

  hold(agentId: string, interactionId: string, held: boolean): void {
    this.#live(agentId, interactionId).dispatch({ type: 'hold', held });
  }

  hangUp(agentId: string, interactionId: string): void {
    this.#live(agentId, interactionId).dispatch({ type: 'agent-gone', cause: 'hung-up' });
  }

  digit(agentId: string, interactionId: string, digit: string): void {
    this.#live(agentId, interactionId).sendDigit(digit);
  }

  rejoin(agentId: string, interactionId: string): void {
    this.#live(agentId, interactionId).rejoin();
  }

  chooseCustomer(agentId: string, interactionId: string, customerId: string | null): void {
    const { customers, interactions, kernel } = this.#o;
    const call = this.#offeredOrInHands(agentId, interactionId);
    const chosen = customerId === null ? undefined : customers.summary(customerId);
    if (customerId !== null && !chosen) throw new AppError('not-found', 'There is no such customer.');
    const match = customers.match(call.origin.ani);
    const pop = buildPop({ customers, interactions }, { ...match, customerId: chosen?.id }, call.origin.ani);
    call.pop = { ...pop, customer: chosen ?? null, reason: 'chosen' };
    kernel.journal.append({ type: 'interaction.matched', interactionId, customerId, agentId });
  }

  finishWrapUp(agentId: string, interactionId: string): void {
    const call = this.#inHands(agentId, interactionId);
    const mode = this.#o.routing.agent(agentId)?.wrapUp?.mode;
    if (mode && wrapUpNeedsDisposition(mode) && this.#o.interactions.disposition(interactionId) === null)
      throw new AppError('wrap-up.disposition-required', 'Choose a disposition first.');
    this.#o.routing.finishWrapUp(agentId);
    if (this.#ofAgent.get(agentId) === call) this.#ofAgent.delete(agentId);
  }

  extendWrapUp(agentId: string, interactionId: string): void {
    this.#inHands(agentId, interactionId);
    this.#o.routing.extendWrapUp(agentId);
  }

  // --- inside -------------------------------------------------------------------------------------------------

  #offered(offer: Offer): void {
    const call = this.#byItem.get(offer.itemId);
    if (call) call.offered(offer);
    else this.#o.routing.decline(offer.id, 'failed'); // not a call: nobody here can carry it
  }

  #refused(itemId: string, outcome: string): void {
    const busy = outcome === 'busy' || outcome === 'declined';
    this.#byItem
      .get(itemId)
      ?.dispatch({ type: 'refuse', code: busy ? 486 : 480, end: busy ? 'busy' : 'no-answer' });
  }

  #forget(call: Call): void {
    this.#calls.delete(call.callId);
    if (call.itemId) this.#byItem.delete(call.itemId);
    const { agentId } = call.state;
    if (agentId && this.#ofAgent.get(agentId) === call && !this.#o.routing.agent(agentId)?.work)
      this.#ofAgent.delete(agentId);
  }

  #inHands(agentId: string, interactionId: string): Call {
    const call = this.#ofAgent.get(agentId);
    const work = this.#o.routing.agent(agentId)?.work;
    if (!call || call.origin.interactionId !== interactionId || work?.interactionId !== interactionId) {
      const other = [...this.#ofAgent.values()].some((one) => one.origin.interactionId === interactionId);
      if (other) throw new AppError('call.not-yours', 'This call is in another agent’s hands.');
      throw new AppError('call.gone', 'This call is over.');
    }
    return call;
  }

  #offeredOrInHands(agentId: string, interactionId: string): Call {
    const offer = this.#o.routing.agent(agentId)?.offer;
    const offered = offer?.interactionId === interactionId ? this.#byItem.get(offer.itemId) : undefined;
    return offered ?? this.#inHands(agentId, interactionId);
  }

  #live(agentId: string, interactionId: string): Call {
    const call = this.#inHands(agentId, interactionId);
    if (call.endedAt !== undefined) throw new AppError('call.gone', 'This call is over.');
    return call;
  }

  #queueRef(id: string): Ref {
    return { id, name: this.#o.routing.queueSettings(id)?.name ?? id };
  }

  #devices(agentId: string): Device[] {
    const { people, sip } = this.#o;
    const username = people.user(agentId)?.username;
    if (!username) return [];
    const devices: Device[] = sip.bindings(username).map((binding) => ({
      target: binding.flow ? { uri: binding.contact, flow: binding.flow } : { uri: binding.contact },
      webrtc: binding.transport === 'ws' || binding.transport === 'wss',
    }));
    const fixed = people.fixedUri(agentId);
    if (fixed) devices.push({ target: { uri: fixed }, webrtc: false });
    return devices;
  }
}

/** The caller's number from the From header; '' when it is withheld. */
function callerNumber(invite: IncomingInvite): string {
  const { user } = invite.from.uri;
  return user === '' || user.toLowerCase() === 'anonymous' ? '' : normalizeNumber(user);
}
