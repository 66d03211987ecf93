import type { Customers } from '#server/customers/index.ts';
import type { Interactions } from '#server/interactions/index.ts';
import type { Kernel } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { DIRECT, type HandView, type Offer, type Routing } from '#server/routing/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import type { Ref } from '#shared/contract/kit.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import { type OverflowTarget, wrapUpNeedsDisposition } from '#shared/model/routing.ts';
import type { MediaEngine } from '../media/index.ts';
import type { IncomingInvite, SipServer } from '../sip/index.ts';
import { type Arrival, Arrivals } from './arrivals.ts';
import { isHeld } from './call.core.ts';
import { Call, type CallHouse } from './call.ts';
import { CallFacts } from './call-facts.ts';
import { CallerSide } from './caller-side.ts';
import { DialledSide } from './dialled-side.ts';
import { Pops, unknownCaller } from './pops.ts';
import { RestoredWrapUps, wrapUpOf } from './restored.ts';
import type { Device } from './ring.ts';
import type { Calls, FlowRunner } from './types.ts';

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
  /** What `offerView` or `workView` says of this agent is another now, and no fact tells of it. */
  readonly changed: (agentId: string) => void;
}

/** The calls now alive, and what the desks may do with them. */
export interface CallsService extends Calls {
  /** Takes an INVITE off the SIP stack: its call begins when the caller was looked up (K15). */
  arrived(invite: IncomingInvite): void;
}

/**
 * Builds the room, with what outlived the last server: contacts are to be ended and routing restored before. Routing's
 * offers are carried from here on.
 */
export async function createCalls(options: CallsOptions): Promise<CallsService> {
  const { routing, interactions, customers, kernel } = options;
  const pops = new Pops({ customers, interactions }, kernel);
  const restored = new RestoredWrapUps(routing, interactions);
  await restored.load(pops);
  const queueIds = routing.queues().map(({ id }) => id);
  for (const { channel, interactionId } of routing.waiting(queueIds, Number.POSITIVE_INFINITY))
    if (channel === 'callback') await interactions.hold(interactionId);
  return new CallTable(options, pops, restored);
}

class CallTable implements CallsService {
  readonly #o: CallsOptions;
  readonly #pops: Pops;
  readonly #restored: RestoredWrapUps;
  readonly #arrivals: Arrivals;
  readonly #house: CallHouse;
  readonly #calls = new Map<string, Call>();
  readonly #byItem = new Map<string, Call>();
  /** The last call of each agent: in hands, or in wrap-up. */
  readonly #ofAgent = new Map<string, Call>();
  #flows: FlowRunner = { run: () => false, runFlow: () => false };

  constructor(options: CallsOptions, pops: Pops, restored: RestoredWrapUps) {
    this.#o = options;
    this.#pops = pops;
    this.#restored = restored;
    this.#arrivals = new Arrivals({
      log: options.kernel.log,
      lookUp: (number) => pops.ofCaller(number),
      admit: (arrival) => this.#admit(arrival),
    });
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
      onPromised: (call, itemId) => this.#promised(call, itemId),
      onTaken: (call, agentId) => void this.#ofAgent.set(agentId, call),
      onEnded: (call) => this.#forget(call),
      changed: (agentId) => options.changed(agentId),
    };
    options.routing.carry({
      onOffer: (offer) => this.#offered(offer),
      onOfferEnded: (offer) => this.#offerEnded(offer),
      onItemRefused: (itemId, outcome) => this.#refused(itemId, outcome),
      onItemMoved: (itemId, queueId) => this.#byItem.get(itemId)?.moved(queueId),
      onItemOverflowed: (itemId, to) => this.#overflowed(itemId, to),
    });
  }

  flows(runner: FlowRunner): void {
    this.#flows = runner;
  }

  arrived(invite: IncomingInvite): void {
    this.#arrivals.take(invite);
  }

  alive(): number {
    return this.#calls.size + this.#arrivals.count;
  }

  counts(): { calls: number; ringing: number } {
    let ringing = 0;
    for (const call of this.#calls.values()) if (call.rings()) ringing += 1;
    return { calls: this.alive(), ringing };
  }

  hasPhone(agentId: string): boolean {
    return this.#devices(agentId).length > 0;
  }

  phoneRegistered(agentId: string): void {
    this.#ofAgent.get(agentId)?.phoneBack();
    const offer = this.#o.routing.agent(agentId)?.offer;
    if (offer) this.#byItem.get(offer.itemId)?.phoneCame(offer.id);
  }

  async stop(): Promise<void> {
    this.#arrivals.stop();
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
      ringing: call.rings(offer.id),
      why: offer.why,
      among: offer.among,
      pop: call.pop,
    };
  }

  workView(agentId: string): WorkView | null {
    const call = this.#ofAgent.get(agentId);
    const hand = call && this.#handOf(agentId, call.origin.interactionId);
    if (!call || !hand) return this.#restored.view(agentId, (id) => this.#queueRef(id));
    const { interactions } = this.#o;
    const { interactionId } = call.origin;
    const { notes, rev } = interactions.notes(interactionId);
    return {
      itemId: hand.itemId,
      interactionId,
      callId: call.endedAt === undefined ? call.callId : null,
      channel: hand.channel,
      phase: call.endedAt !== undefined ? 'wrap-up' : isHeld(call.state) ? 'held' : 'talking',
      muted: call.state.muted,
      audioLost: call.state.phase === 'recovering',
      recording: call.recording,
      queue: this.#queueRef(hand.queueId),
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
      wrapUp: wrapUpOf(hand),
    };
  }

  // --- commands -----------------------------------------------------------------------------------------------

  offerShown(agentId: string, offerId: string): void {
    const offer = this.#o.routing.agent(agentId)?.offer;
    if (offer?.id !== offerId) return; // painted too late: nothing left to ring
    this.#byItem.get(offer.itemId)?.popShown(offerId);
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
    const call = this.#live(agentId, interactionId);
    call.dispatch({ type: 'hold', by: 'desk', held });
    if (!held && call.state.phoneHolds)
      throw new AppError('call.illegal', 'Your phone still holds this call: take it back there.');
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

  async chooseCustomer(agentId: string, interactionId: string, customerId: string | null): Promise<void> {
    const call = this.#offeredOrInHands(agentId, interactionId);
    const matched = await call.choose(agentId, () => this.#pops.chosen(call.origin.ani, customerId));
    await this.#o.kernel.journal.stored(matched);
  }

  finishWrapUp(agentId: string, interactionId: string): void {
    const { itemId, wrapUp } = this.#held(agentId, interactionId);
    if (wrapUp && wrapUpNeedsDisposition(wrapUp.mode) && !this.#o.interactions.disposed(interactionId))
      throw new AppError('wrap-up.disposition-required', 'Choose a disposition first.');
    this.#o.routing.finishWrapUp(agentId, itemId);
    this.#restored.forget(interactionId);
    if (this.#ofAgent.get(agentId)?.origin.interactionId === interactionId) this.#ofAgent.delete(agentId);
  }

  extendWrapUp(agentId: string, interactionId: string): void {
    this.#o.routing.extendWrapUp(agentId, this.#held(agentId, interactionId).itemId);
  }

  // --- inside -------------------------------------------------------------------------------------------------

  /** Opens the contact of a caller, and makes its call; of one who gave up meanwhile the contact is all there is. */
  #admit({ invite, ani, pop, gone }: Arrival): void {
    const { kernel, interactions, people } = this.#o;
    const callId = kernel.ids.next('call');
    const interactionId = kernel.ids.next('int');
    const dnis = normalizeNumber(invite.requestUri.user);
    const customer = pop.customer ? { customerId: pop.customer.id } : {};
    const facts = new CallFacts(kernel.journal, callId, interactionId);
    const { at: arrivedAt } = interactions.open({
      interactionId,
      channel: 'call',
      direction: invite.source.account ? 'internal' : 'inbound',
      ani,
      dnis,
      ...customer,
    });
    facts.arrived(customer);
    if (gone) {
      facts.ended(gone === 'cancel' ? 'caller-abandoned' : 'caller-connection-lost', {});
      return;
    }
    const origin = {
      id: callId,
      interactionId,
      ani,
      dnis,
      pop,
      arrivedAt,
      returnUri: returnUri(invite, ani),
    };
    const call = new Call(this.#house, origin, (on) => new CallerSide(this.#house, callId, invite, on));
    this.#calls.set(callId, call);
    const user = people.userByName(dnis);
    if (user?.roles.includes('agent')) call.queue({ queueId: DIRECT, priority: 0, onlyAgent: user.id });
    else if (!this.#flows.run(call)) call.dispatch({ type: 'refuse', code: 404, end: 'rejected' });
  }

  #offered(offer: Offer): void {
    const call = this.#byItem.get(offer.itemId) ?? this.#callBack(offer);
    if (call) call.offered(offer);
    else this.#o.routing.decline(offer.id, 'failed'); // not a call: nobody here can carry it
  }

  #offerEnded(offer: Offer): void {
    const call = this.#byItem.get(offer.itemId);
    call?.dispatch({ type: 'offer-ended', offerId: offer.id });
    if (call?.origin.dialled && call.state.phase === 'queued') this.#forget(call); // the next offer makes it anew
  }

  /** K11: the call back to a customer, made when its work is offered. Its pop follows (K16). */
  #callBack(offer: Offer): Call | undefined {
    const { kernel, interactions, sip } = this.#o;
    const { uri } = offer.attributes ?? {};
    if (offer.channel !== 'callback' || uri === undefined) return undefined;
    const { interactionId, itemId, queueId } = offer;
    const contact = interactions.contact(interactionId);
    if (!contact) {
      kernel.log.error({ interactionId }, 'a callback without its contact cannot be made');
      return undefined;
    }
    const { ani, dnis, startedAt: arrivedAt, customerId } = contact;
    const pop = this.#pops.of(ani, customerId).catch((error: unknown) => {
      kernel.log.warn({ err: error, interactionId }, 'who is called back cannot be looked up');
      return undefined;
    });
    const callId = kernel.ids.next('call');
    const origin = {
      id: callId,
      interactionId,
      ani,
      dnis,
      pop: unknownCaller(ani),
      arrivedAt,
      returnUri: uri,
      dialled: { itemId, queueId, pop },
    };
    const call = new Call(
      this.#house,
      origin,
      (on) =>
        new DialledSide(
          { ...this.#house, sip },
          { callId, uri, number: ani, from: { display: '', user: dnis } },
          on,
        ),
    );
    this.#calls.set(callId, call);
    this.#byItem.set(itemId, call);
    return call;
  }

  /** The customer is to be called back: that is a contact of its own, and its place is that of `itemId`, or a new one. */
  #promised(call: Call, itemId: string | undefined): void {
    const { kernel, interactions, routing } = this.#o;
    const { ani, dnis, returnUri: uri, interactionId: first } = call.origin;
    const { queueId } = call;
    if (uri === undefined || queueId === undefined) return;
    const interactionId = kernel.ids.next('int');
    const customerId = call.pop.customer?.id;
    interactions.open({
      interactionId,
      channel: 'callback',
      direction: 'outbound',
      ani,
      dnis,
      ...(customerId === undefined ? {} : { customerId }),
    });
    kernel.journal.append({ type: 'interaction.queued', interactionId, queueId });
    const attributes = { uri, first };
    if (itemId !== undefined) {
      routing.callBack(itemId, interactionId, attributes);
      this.#byItem.delete(itemId);
      return;
    }
    const id = kernel.ids.next('item');
    try {
      routing.enqueue({ id, interactionId, channel: 'callback', queueId, priority: 0, attributes });
    } catch (error) {
      kernel.log.error({ err: error, queueId }, 'a message waits for nobody');
    }
  }

  #overflowed(itemId: string, to: OverflowTarget): void {
    const call = this.#byItem.get(itemId);
    this.#byItem.delete(itemId);
    const flowId = to.kind === 'flow' ? to.flowId : to.kind;
    call?.toFlow((taken) => this.#flows.runFlow(taken, flowId));
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
    if (!agentId || this.#ofAgent.get(agentId) !== call) return;
    if (!this.#handOf(agentId, call.origin.interactionId)) this.#ofAgent.delete(agentId);
  }

  #inHands(agentId: string, interactionId: string): Call {
    const call = this.#ofAgent.get(agentId);
    if (call?.origin.interactionId === interactionId && this.#handOf(agentId, interactionId)) return call;
    const other = [...this.#ofAgent.values()].some((one) => one.origin.interactionId === interactionId);
    if (other) throw new AppError('call.not-yours', 'This call is in another agent’s hands.');
    throw new AppError('call.gone', 'This call is over.');
  }

  /** Throws as `#inHands` does, but for a wrap-up that outlived the server. */
  #held(agentId: string, interactionId: string): HandView {
    const restored = this.#restored.hand(agentId);
    if (restored?.interactionId === interactionId) return restored;
    this.#inHands(agentId, interactionId);
    const hand = this.#handOf(agentId, interactionId);
    if (!hand) throw new Error('a call in hands is in a hand');
    return hand;
  }

  #handOf(agentId: string, interactionId: string): HandView | undefined {
    return this.#o.routing.agent(agentId)?.hands.find((hand) => hand.interactionId === interactionId);
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

/**
 * Where to call this caller back: the trunk or phone the call came from; over a connection, its Contact (RFC 3261
 * 8.1.1.8). Not for browsers and agents' own phones, and not without a number.
 */
function returnUri(invite: IncomingInvite, ani: string): string | undefined {
  const { transport, address, port, account } = invite.source;
  if (ani === '' || account !== undefined || transport === 'ws' || transport === 'wss') return undefined;
  if (transport === 'udp') return `sip:${ani}@${address.includes(':') ? `[${address}]` : address}:${port}`;
  return /<(sips?:[^>]+)>/.exec(invite.header('Contact') ?? '')?.[1];
}
