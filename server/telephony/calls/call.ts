import type { Timer } from '#server/kernel/index.ts';
import type { NewWorkItem, Offer, Routing } from '#server/routing/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { Pop } from '#shared/contract/interactions.ts';
import type { EnqueueNode } from '#shared/flow/index.ts';
import type { Recorded } from '#shared/model/facts/index.ts';
import type { CallEnd } from '#shared/model/states.ts';
import { type MediaLeg, soundPath } from '../media/index.ts';
import { type AgentEvents, type AgentHouse, AgentSide } from './agent-side.ts';
import { Announcement } from './announcement.ts';
import { type CallEffect, type CallEvent, type CallState, isHeld, newCall, stepCall } from './call.core.ts';
import { CallFacts } from './call-facts.ts';
import { CallPop } from './call-pop.ts';
import { CallRecording, type RecordingHouse } from './call-recording.ts';
import type { CallerEvents, CallerLeg } from './caller-leg.ts';
import type { FlowCall } from './types.ts';

/** What a call needs of the house around it. */
export interface CallHouse extends AgentHouse, RecordingHouse {
  readonly routing: Routing;
  /** The call stands in a queue as this item: offers for it come here. Told before the queue has it. */
  onQueued(call: Call, itemId: string): void;
  /** The agent has it. */
  onTaken(call: Call, agentId: string): void;
  /** The customer is to be called back in the turn of this item (undefined: a message was left, queue it anew). */
  onPromised(call: Call, itemId: string | undefined): void;
  /** Told once, when nothing of the call is left but its record. */
  onEnded(call: Call): void;
  /** This agent's desk is another now, and no fact says so. */
  changed(agentId: string): void;
}

/** What a call asks of its queue. */
export interface QueueAsk
  extends Pick<NewWorkItem, 'queueId' | 'priority' | 'onlyAgent' | 'skills' | 'preferred'> {
  /** There is somewhere else to go when the queue does not take it. */
  readonly elsewhere?: boolean;
}

/** K17: so many keys of a menu are kept for the desk. */
const KEPT_DIGITS = 64;

export interface CallOrigin {
  readonly id: string;
  readonly interactionId: string;
  readonly ani: string;
  readonly dnis: string;
  readonly pop: Pop;
  /** The time of the fact that opened the interaction. */
  readonly arrivedAt: number;
  /** Where the customer can be called back; undefined: nowhere. */
  readonly returnUri: string | undefined;
  /** A callback: the customer is dialled once an agent has it. */
  readonly dialled?: {
    readonly itemId: string;
    readonly queueId: string;
    /** Resolves, and never rejects, with the pop that takes the place of the first; undefined: it cannot be had. */
    readonly pop: Promise<Pop | undefined>;
  };
}

/** One call of a customer, or back to one: carries out what the machine in call.core.ts decides. */
export class Call implements FlowCall {
  readonly origin: CallOrigin;
  readonly callId: string;
  readonly interactionId: string;
  readonly dnis: string;
  readonly arrivedAt: number;
  on: FlowCall['on'] = {};
  state: CallState = newCall;
  /** K17: pressed before an agent was on. */
  digits = '';
  queueId: string | undefined;
  itemId: string | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  end: CallEnd | undefined;

  readonly #house: CallHouse;
  readonly #caller: CallerLeg;
  readonly #agent: AgentSide;
  readonly #recording: CallRecording;
  readonly #facts: CallFacts;
  readonly #who: CallPop;
  #ringTimer: Timer | undefined;
  /** While it waits, this key asks to be called back. */
  #callbackKey: string | undefined;
  /** While it waits. */
  #announcement: Announcement | undefined;
  #message: 'none' | 'recording' | 'left' = 'none';
  /** A callback has its place in the queue: the call ends, the matter does not. */
  #promised = false;
  #finished: Promise<void> | undefined;

  /** @param customer makes the customer's leg: of an INVITE that came, or of one to be sent */
  constructor(house: CallHouse, origin: CallOrigin, customer: (on: CallerEvents) => CallerLeg) {
    this.#house = house;
    this.origin = origin;
    this.callId = origin.id;
    this.dnis = origin.dnis;
    this.arrivedAt = origin.arrivedAt;
    this.#who = new CallPop(origin.pop, origin.dialled?.pop, () => this.#popCame());
    const { interactionId } = origin;
    this.interactionId = interactionId;
    this.#facts = new CallFacts(house.kernel.journal, this.callId, interactionId);
    this.#recording = new CallRecording(house, this.callId, interactionId);
    this.#agent = new AgentSide(
      house,
      {
        callId: this.callId,
        interactionId,
        from: () => ({ display: this.pop.customer?.name ?? '', user: origin.ani || 'anonymous' }),
        popKnown: () => this.#who.known,
      },
      this.#agentEvents(),
    );
    this.#caller = customer({
      answered: () => {
        this.#facts.answered();
        if (origin.dialled) this.#agent.leg?.media.stopPlaying(); // the ringing it heard
      },
      digit: (digit) => this.#callerDigit(digit),
      played: () => {
        if (this.state.phase === 'flow') this.on.played?.();
        else this.#announcement?.played();
      },
      gone: (cause) => this.dispatch({ type: 'caller-gone', cause }),
      refused: (code) =>
        this.dispatch({ type: 'refuse', code, end: origin.dialled ? dialEnd(code) : 'rejected' }),
    });
    if (!origin.dialled) return;
    this.itemId = origin.dialled.itemId;
    this.queueId = origin.dialled.queueId;
    this.dispatch({ type: 'enqueue' });
  }

  /** What the desk shows of the customer. */
  get pop(): Pop {
    return this.#who.pop;
  }

  /**
   * K18: an agent says who it is; rejects as `lookUp` does, and nothing changes.
   * @returns the fact of it, not stored yet
   */
  choose(agentId: string, lookUp: () => Promise<Pop>): Promise<Recorded> {
    return this.#who.choose(lookUp, ({ customer }) => this.#facts.matched(customer?.id ?? null, agentId));
  }

  #popCame(): void {
    const { offers, agentId } = this.state;
    for (const offer of offers) this.#house.changed(offer.agentId);
    if (agentId !== undefined) this.#house.changed(agentId);
    this.#agent.popCame(); // after the desks were told (K4)
  }

  /** A phone rings, of this offer or of any. */
  rings(offerId?: string): boolean {
    return this.#agent.rings(offerId);
  }

  get recording(): CallRecording['state'] {
    return this.#recording.state;
  }

  /** Feeds the machine one event and carries out what follows. */
  dispatch(event: CallEvent): void {
    const { state, effects } = stepCall(this.state, event);
    this.state = state;
    for (const effect of effects) this.#perform(effect);
  }

  // --- what a flow may do -------------------------------------------------------------------------------------

  async answer(): Promise<void> {
    this.dispatch({ type: 'flow-answer' });
    await this.#caller.answered();
  }

  play(prompt: string): void {
    this.#caller.whenOpen((leg) => {
      if (this.state.phase === 'flow' && !this.#say(leg, prompt)) this.on.played?.();
    });
  }

  #say(leg: MediaLeg, prompt: string): boolean {
    try {
      leg.play(soundPath(prompt));
      return true;
    } catch (error) {
      this.#house.kernel.log.warn({ err: error, prompt }, 'prompt cannot be played');
      return false;
    }
  }

  stopPlaying(): void {
    this.#caller.stopPlaying();
  }

  echo(): void {
    this.#caller.whenOpen((leg) => leg.echo(true));
  }

  enqueue(node: EnqueueNode): boolean {
    if (this.state.phase !== 'flow') return true;
    this.#callbackKey = this.origin.returnUri === undefined ? undefined : node.callbackKey;
    const announce = this.#callbackKey === node.callbackKey ? node.announce : undefined; // it may speak of the key
    this.#announcement =
      announce &&
      new Announcement(this.#house.kernel.clock, announce, {
        say: (prompt) => this.#caller.whenOpen((leg) => this.#say(leg, prompt)),
        music: () => this.#caller.whenOpen((leg) => playMusic(leg, true)),
      });
    const preferred = this.#preferred(node.sticky);
    return this.queue({
      queueId: node.queue,
      priority: node.priority,
      ...(node.skills ? { skills: node.skills } : {}),
      ...(preferred ? { preferred } : {}),
      elsewhere: node.onRefused !== undefined,
    });
  }

  /** C6: the customer's owner, or who served them last. */
  #preferred(sticky: EnqueueNode['sticky']): NewWorkItem['preferred'] {
    if (!sticky) return undefined;
    const { owner } = this.pop.customer ?? {};
    const agent = sticky.to === 'owner' ? owner : this.pop.recent.find((contact) => contact.agent)?.agent;
    return agent ? { agentId: agent.id, holdMs: sticky.holdMs } : undefined;
  }

  record(): void {
    this.#message = 'recording';
    const legId = this.#caller.legId;
    // The other channel has nobody on it.
    this.#caller.whenOpen(() => void this.#recording.start(this.arrivedAt, legId, 'nobody', undefined));
  }

  stopRecording(): void {
    if (this.#message === 'recording') this.#message = 'left';
    void this.#recording.finish({});
  }

  hangUp(): void {
    this.dispatch({ type: 'flow-ended' });
  }

  /** Puts the call into a queue, or before one agent. False: the queue does not take it and it goes on `elsewhere`. */
  queue({ elsewhere = false, ...ask }: QueueAsk): boolean {
    const { kernel, routing } = this.#house;
    const { interactionId } = this.origin;
    const { queueId } = ask;
    const ringMs = routing.queueSettings(queueId)?.ringMs;
    const itemId = kernel.ids.next('item');
    this.itemId = itemId;
    this.queueId = queueId;
    this.#house.onQueued(this, itemId);
    this.dispatch({ type: 'enqueue' });
    this.#facts.queued(queueId);
    try {
      routing.enqueue({ id: itemId, interactionId, channel: 'call', ...ask });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.itemId = undefined;
      if (elsewhere) {
        this.dispatch({ type: 'to-flow' });
        return false;
      }
      const busy = error.details.why === 'busy' || error.code === 'queue.full';
      this.dispatch({ type: 'refuse', code: busy ? 486 : 480, end: busy ? 'busy' : 'unavailable' });
    }
    if (!this.state.answered && this.state.phase !== 'flow' && this.end === undefined) {
      this.#caller.progress();
      if (ringMs !== undefined && ask.onlyAgent === undefined)
        this.#ringTimer = kernel.clock.after(ringMs, () => this.dispatch({ type: 'ring-over' }));
    }
    return true;
  }

  /** Its work stands in another queue now. */
  moved(queueId: string): void {
    this.queueId = queueId;
    this.#facts.queued(queueId);
  }

  /** Its queue gave it to a flow (K10). False: that flow does not exist, and the call is refused. */
  toFlow(run: (call: FlowCall) => boolean): void {
    this.itemId = undefined;
    this.#ringTimer?.cancel();
    this.dispatch({ type: 'to-flow' });
    if (!run(this)) this.dispatch({ type: 'refuse', code: 480, end: 'unavailable' });
  }

  // --- what the agent's side may do ---------------------------------------------------------------------------

  offered(offer: Offer): void {
    this.dispatch({ type: 'offered', offerId: offer.id, agentId: offer.agentId });
  }

  /** The desk has painted the pop: ring now. */
  popShown(offerId: string): void {
    this.#agent.popShown(offerId);
  }

  sendDigit(digit: string): void {
    this.#caller.sendDigit(digit);
  }

  /** Rings the agent's phones again for the same call (K3). */
  rejoin(): void {
    if (this.state.phase === 'talking') this.dispatch({ type: 'agent-lost' });
    else this.phoneBack();
  }

  /** The agent who is offered this call has another phone. */
  phoneCame(offerId: string): void {
    this.#agent.phoneCame(offerId);
  }

  /** A phone of the agent can be rung again. */
  phoneBack(): void {
    const { phase, agentId } = this.state;
    if (phase === 'recovering' && agentId) this.#agent.ringAgain(agentId);
  }

  /** Resolves when the call is over and its recording complete. */
  async finished(): Promise<void> {
    await this.#finished;
  }

  // --- effects ------------------------------------------------------------------------------------------------

  #perform(effect: CallEffect): void {
    const { phase } = this.state;
    switch (effect.type) {
      case 'answer-caller':
        void this.#caller.answer();
        return;
      case 'music':
        this.#caller.whenOpen((leg) => playMusic(leg, effect.on));
        if (effect.on && (phase === 'queued' || phase === 'ringing')) this.#announcement?.begin();
        else this.#announcement?.stop();
        return;
      case 'ring':
        this.#agent.ring(effect.offerId, effect.agentId);
        return;
      case 'stop-ringing':
        this.#agent.stopRinging(effect.offerId);
        return;
      case 'bridge':
        this.#bridge();
        return;
      case 'await-agent':
        this.#awaitAgent();
        return;
      case 'rejoin':
        this.#rejoined();
        return;
      case 'apply-hold':
        this.#applyHold(effect.held);
        this.#agentDid(effect.held ? 'call.held' : 'call.retrieved');
        return;
      case 'apply-mute':
        this.#agent.leg?.media.mute(effect.muted);
        this.#agentDid(effect.muted ? 'call.muted' : 'call.unmuted');
        return;
      case 'end':
        this.#finished = this.#end(effect.end, effect.code);
        return;
    }
  }

  #agentEvents(): AgentEvents {
    const { routing } = this.#house;
    return {
      ringing: (legId, agentId) => this.#facts.legRinging(legId, agentId),
      accepts: (offerId) => routing.accept(offerId),
      answered: (offerId, agentId) => {
        this.#house.onTaken(this, agentId);
        this.dispatch({ type: 'agent-answered', offerId });
      },
      failed: (offerId, outcome) => routing.decline(offerId, outcome),
      back: () => this.dispatch({ type: 'agent-back' }),
      overdue: () => this.dispatch({ type: 'recovery-over' }),
      digit: (digit) => {
        if (this.state.phase === 'talking') this.sendDigit(digit);
      },
      held: (held) => this.dispatch({ type: 'hold', by: 'phone', held }),
      left: (cause) =>
        this.dispatch(cause === 'hung-up' ? { type: 'agent-gone', cause } : { type: 'agent-lost' }),
    };
  }

  #bridge(): void {
    const { kernel, routing } = this.#house;
    const { leg } = this.#agent;
    const { agentId } = this.state;
    if (!leg || !agentId) throw new Error('bridge without an agent leg');
    if (this.origin.dialled) leg.media.play(soundPath('ringback'), { loop: true });
    this.#ringTimer?.cancel();
    this.answeredAt = kernel.clock.now();
    this.#facts.bridged(leg.legId, agentId);
    this.#applyHold(false);
    if (this.queueId && routing.queueSettings(this.queueId)?.record)
      void this.#recording.start(this.arrivedAt, this.#caller.legId, leg.legId, agentId);
  }

  #awaitAgent(): void {
    const { agentId } = this.state;
    const leg = agentId === undefined ? undefined : this.#agent.awaitBack(agentId);
    if (leg && agentId) this.#facts.legLost(leg.legId, agentId);
  }

  #rejoined(): void {
    const { leg } = this.#agent;
    const { agentId } = this.state;
    if (!leg || !agentId) return;
    this.#facts.legBack(leg.legId, agentId);
    leg.media.mute(this.state.muted);
    this.#recording.follow(leg.legId);
    this.#applyHold(isHeld(this.state));
  }

  #applyHold(held: boolean): void {
    this.#caller.whenOpen((callerLeg) => {
      const { leg } = this.#agent;
      if (!leg || this.state.phase !== 'talking') return;
      const both = { [this.#caller.legId]: [leg.legId], [leg.legId]: [this.#caller.legId] };
      this.#house.media.mix(this.callId, held ? {} : both);
      playMusic(callerLeg, held);
    });
  }

  async #end(end: CallEnd, code: number): Promise<void> {
    const { kernel, routing } = this.#house;
    const { agentId } = this.state;
    const talked = this.answeredAt !== undefined && agentId !== undefined;
    const who = talked ? { agentId } : {};
    const message = this.#message !== 'none' && !talked;
    this.end = this.#promised || message ? 'callback-requested' : end;
    this.endedAt = kernel.clock.now();
    this.#ringTimer?.cancel();
    this.#announcement?.stop();
    this.#agent.stop();
    this.#caller.hangUp(code);
    const agent = this.#agent.letGo();
    const waits = this.origin.dialled !== undefined && !talked; // a callback outlives a stop of the server
    if (!waits) this.#facts.ended(this.end, who);
    if (this.itemId && talked) routing.workEnded(this.itemId);
    else if (this.itemId && !waits)
      routing.withdraw(this.itemId, end === 'server-stopped' ? 'server-restart' : 'abandoned');
    this.on.ended?.();
    await this.#recording.finish(who);
    if (message) this.#house.onPromised(this, undefined);
    await Promise.all([agent?.media.close(), this.#caller.close()]);
    this.#house.onEnded(this);
  }

  #callerDigit(digit: string): void {
    const { phase } = this.state;
    if (phase === 'talking') this.#agent.leg?.media.sendDigit(digit); // and kept nowhere: it may be a card's number
    if (phase === 'talking' || phase === 'recovering' || phase === 'ended') return;
    if (this.digits.length < KEPT_DIGITS) this.digits += digit;
    if (phase === 'flow') this.on.digit?.(digit);
    else if (digit === this.#callbackKey) this.#callBack();
  }

  /** K11: the caller wants to be called back. It keeps its place; this call says goodbye. */
  #callBack(): void {
    const { itemId } = this;
    if (!itemId || this.#promised) return;
    this.#promised = true;
    this.#ringTimer?.cancel();
    this.#house.onPromised(this, itemId); // revokes what rings
    this.itemId = undefined;
    this.dispatch({ type: 'to-flow' });
    this.on.played = () => this.hangUp();
    this.play('callback.en');
  }

  #agentDid(what: Parameters<CallFacts['agentDid']>[0]): void {
    const { agentId } = this.state;
    if (agentId) this.#facts.agentDid(what, agentId);
  }
}

function dialEnd(code: number): CallEnd {
  if (code === 486 || code === 600 || code === 603) return 'busy';
  return code === 408 || code === 480 || code === 487 ? 'no-answer' : 'failed';
}

function playMusic(leg: MediaLeg, on: boolean): void {
  if (on) leg.play(soundPath('music'), { loop: true });
  else leg.stopPlaying();
}
