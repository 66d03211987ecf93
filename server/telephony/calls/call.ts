import { join } from 'node:path';
import type { Kernel, Timer } from '#server/kernel/index.ts';
import type { Offer, Routing } from '#server/routing/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import { OFFER_HEADER, RESUME_HEADER } from '#shared/contract/socket.ts';
import type { Pop } from '#shared/contract/views.ts';
import type { Fact } from '#shared/model/facts.ts';
import type { CallEnd } from '#shared/model/states.ts';
import { type MediaEngine, type MediaLeg, soundPath } from '../media/index.ts';
import type { IncomingInvite, SipDialog, SipServer } from '../sip/index.ts';
import { type CallEffect, type CallEvent, type CallState, newCall, stepCall } from './call.core.ts';
import { type AnsweredLeg, type Device, Ring } from './ring.ts';
import type { FlowCall } from './types.ts';

/** How long a desk has to paint the pop before its phones ring anyway. */
const POP_WAIT_MS = 400;
/** How long a caller waits with music for an agent whose desk vanished (K3). */
const RECOVERY_MS = 20_000;
/** K7: silence told sooner than this after the answer began before it. */
const SPEAKS_AFTER_MS = 10_000;

/** What a call needs of the house around it. */
export interface CallHouse {
  readonly kernel: Kernel;
  readonly sip: SipServer;
  readonly media: MediaEngine;
  readonly routing: Routing;
  /** The agent's phones now. */
  devices(agentId: string): readonly Device[];
  username(agentId: string): string;
  /** Has the agent a desk open that will show the pop? */
  deskOpen(agentId: string): boolean;
  readonly recordings: string;
  /** The call stands in a queue as this item: offers for it come here. Told before the queue has it. */
  onQueued(call: Call, itemId: string): void;
  /** The agent has it. */
  onTaken(call: Call, agentId: string): void;
  /** Told once, when nothing of the call is left but its record. */
  onEnded(call: Call): void;
}

export interface CallOrigin {
  readonly id: string;
  readonly interactionId: string;
  readonly ani: string;
  readonly dnis: string;
  readonly pop: Pop;
  /** The time of the fact that opened the interaction. */
  readonly arrivedAt: number;
}

/** One inbound call: carries out what the machine in call.core.ts decides. */
export class Call implements FlowCall {
  readonly origin: CallOrigin;
  readonly callId: string;
  readonly dnis: string;
  readonly arrivedAt: number;
  on: FlowCall['on'] = {};
  pop: Pop;
  state: CallState = newCall;
  digits = '';
  offer: Offer | undefined;
  queueId: string | undefined;
  itemId: string | undefined;
  ringing = false;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  end: CallEnd | undefined;
  recording: 'on' | 'off' | 'failed' = 'off';

  readonly #house: CallHouse;
  readonly #invite: IncomingInvite;
  readonly #callerLegId: string;
  readonly #caller: Promise<{ leg: MediaLeg; sdp: string } | undefined>;
  #callerLeg: MediaLeg | undefined;
  #callerDialog: SipDialog | undefined;
  #callerAnsweredAt: number | undefined;
  #callerAnswer: Promise<void> | undefined;
  #ring: Ring | undefined;
  #agent: AnsweredLeg | undefined;
  #ringTimer: Timer | undefined;
  #popTimer: Timer | undefined;
  #recoveryTimer: Timer | undefined;
  #recordingFile: string | undefined;
  #finished: Promise<void> | undefined;

  constructor(house: CallHouse, origin: CallOrigin, invite: IncomingInvite) {
    this.#house = house;
    this.origin = origin;
    this.callId = origin.id;
    this.dnis = origin.dnis;
    this.pop = origin.pop;
    this.arrivedAt = origin.arrivedAt;
    this.#invite = invite;
    this.#callerLegId = house.kernel.ids.next('leg');
    invite.onCancelled = (cause) =>
      this.dispatch({ type: 'caller-gone', cause: cause === 'cancel' ? 'hung-up' : 'connection-lost' });
    this.#caller = this.#openCaller();
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
    await this.#callerAnswer;
  }

  play(prompt: string): void {
    void this.#caller.then((caller) => {
      if (!caller || this.state.phase !== 'flow') return;
      try {
        caller.leg.play(soundPath(prompt));
      } catch (error) {
        this.#house.kernel.log.warn({ err: error, prompt }, 'prompt cannot be played');
        this.on.played?.();
      }
    });
  }

  stopPlaying(): void {
    this.#callerLeg?.stopPlaying();
  }

  echo(): void {
    void this.#caller.then((caller) => caller?.leg.echo(true));
  }

  enqueue(queueId: string, options: { priority: number; digits: string }): void {
    if (this.state.phase !== 'flow') return;
    this.queue(queueId, options.priority, undefined);
  }

  hangUp(): void {
    this.dispatch({ type: 'flow-ended' });
  }

  /** Puts the call into a queue, or before one agent. A queue that cannot take it refuses the call. */
  queue(queueId: string, priority: number, onlyAgent: string | undefined): void {
    const { kernel, routing } = this.#house;
    const { interactionId } = this.origin;
    const ringMs = routing.queueSettings(queueId)?.ringMs;
    const itemId = kernel.ids.next('item');
    this.itemId = itemId;
    this.queueId = queueId;
    this.#house.onQueued(this, itemId);
    this.dispatch({ type: 'enqueue' });
    kernel.journal.append({ type: 'interaction.queued', interactionId, queueId });
    try {
      routing.enqueue({
        id: itemId,
        interactionId,
        channel: 'call',
        queueId,
        priority,
        ...(onlyAgent ? { onlyAgent } : {}),
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.itemId = undefined;
      const busy = error.details.why === 'busy';
      this.dispatch({ type: 'refuse', code: busy ? 486 : 480, end: busy ? 'busy' : 'unavailable' });
    }
    if (!this.state.answered && this.end === undefined) {
      this.#invite.progress(180);
      if (ringMs !== undefined && !onlyAgent)
        this.#ringTimer = kernel.clock.after(ringMs, () => this.dispatch({ type: 'ring-over' }));
    }
  }

  // --- what the agent's side may do ---------------------------------------------------------------------------

  offered(offer: Offer): void {
    this.offer = offer;
    this.dispatch({ type: 'offered', offerId: offer.id, agentId: offer.agentId });
  }

  /** The desk has painted the pop: ring now. */
  popShown(): void {
    this.#popTimer?.cancel();
    this.#popTimer = undefined;
    this.#ring?.start();
  }

  sendDigit(digit: string): void {
    this.#callerLeg?.sendDigit(digit);
  }

  /** Rings the agent's phones again for the same call (K3). */
  rejoin(): void {
    if (this.state.phase === 'talking') this.dispatch({ type: 'agent-lost' });
    else this.phoneBack();
  }

  /** A phone of the agent can be rung again. */
  phoneBack(): void {
    const { agentId } = this.state;
    if (this.state.phase !== 'recovering' || !agentId) return;
    this.#ring?.stop();
    this.#ring = this.#newRing(
      agentId,
      { [RESUME_HEADER]: this.origin.interactionId },
      (leg) => {
        this.#agent = leg;
        this.dispatch({ type: 'agent-back' });
      },
      () => undefined,
    );
    this.#ring.start();
  }

  /** Resolves when the call is over and its recording complete. */
  async finished(): Promise<void> {
    await this.#finished;
  }

  // --- effects ------------------------------------------------------------------------------------------------

  #perform(effect: CallEffect): void {
    switch (effect.type) {
      case 'answer-caller':
        this.#callerAnswer = this.#answerCaller();
        return;
      case 'music':
        void this.#caller.then((caller) => {
          if (!caller || this.state.phase === 'ended') return;
          if (effect.on) caller.leg.play(soundPath('music'), { loop: true });
          else caller.leg.stopPlaying();
        });
        return;
      case 'ring':
        this.#ringAgent(effect.offerId, effect.agentId);
        return;
      case 'stop-ringing':
        this.#popTimer?.cancel();
        this.#ring?.stop();
        this.#ring = undefined;
        this.ringing = false;
        this.offer = undefined;
        return;
      case 'bridge':
        this.#bridge();
        return;
      case 'await-agent':
        this.#legFact('leg.ended');
        this.#letAgentGo('media lost');
        this.#recoveryTimer = this.#house.kernel.clock.after(RECOVERY_MS, () =>
          this.dispatch({ type: 'recovery-over' }),
        );
        if (!this.#ring) this.phoneBack(); // another window, or the handset beside it, may take over at once
        return;
      case 'rejoin':
        this.#recoveryTimer?.cancel();
        this.#ring = undefined;
        this.#rejoined();
        return;
      case 'apply-hold':
        this.#applyHold(effect.held);
        this.#agentFact(effect.held ? 'call.held' : 'call.retrieved');
        return;
      case 'apply-mute':
        this.#agent?.media.mute(effect.muted);
        this.#agentFact(effect.muted ? 'call.muted' : 'call.unmuted');
        return;
      case 'end':
        this.#finished = this.#end(effect.end, effect.code);
        return;
    }
  }

  async #openCaller(): Promise<{ leg: MediaLeg; sdp: string } | undefined> {
    const { media, kernel } = this.#house;
    try {
      const leg = await media.leg({
        callId: this.callId,
        legId: this.#callerLegId,
        kind: this.#invite.sdp ? 'auto' : 'rtp',
        on: {
          digit: (digit) => this.#callerDigit(digit),
          flowing: () => undefined,
          lost: (cause) => this.#callerLost(cause),
          played: () => {
            if (this.state.phase === 'flow') this.on.played?.();
          },
        },
      });
      this.#callerLeg = leg;
      if (this.state.phase === 'ended') {
        void leg.close();
        return undefined;
      }
      const sdp = this.#invite.sdp ? await leg.accept(this.#invite.sdp) : await leg.offer();
      return { leg, sdp };
    } catch (error) {
      const code = error instanceof AppError && error.code === 'media.no-ports' ? 503 : 488;
      kernel.log.warn({ err: error, callId: this.callId }, 'caller media refused');
      this.dispatch({ type: 'refuse', code, end: 'rejected' });
      return undefined;
    }
  }

  async #answerCaller(): Promise<void> {
    const caller = await this.#caller;
    if (!caller || this.state.phase === 'ended') return;
    const { leg, sdp } = caller;
    this.#callerAnsweredAt = this.#house.kernel.clock.now();
    this.#callerDialog = this.#invite.answer(sdp, {
      onEnded: (end) => {
        const cause =
          end.cause === 'remote-bye'
            ? 'hung-up'
            : end.cause === 'connection-lost'
              ? 'connection-lost'
              : 'failed';
        this.dispatch({ type: 'caller-gone', cause });
      },
      onOffer: (offer) => (offer === undefined ? leg.offer() : leg.accept(offer)),
      onAnswer: (answer) =>
        void leg.answered(answer).catch(() => this.dispatch({ type: 'caller-gone', cause: 'media-lost' })),
      onDigit: (digit) => this.#callerDigit(digit),
    });
    this.#house.kernel.journal.append({ type: 'call.answered', ...this.#ids() });
  }

  #ringAgent(offerId: string, agentId: string): void {
    const { routing, kernel } = this.#house;
    this.#ring = this.#newRing(
      agentId,
      { [OFFER_HEADER]: offerId },
      (leg) => {
        if (!routing.accept(offerId)) {
          leg.dialog.bye('offer gone');
          void leg.media.close();
          return;
        }
        this.#agent = leg;
        this.#house.onTaken(this, agentId);
        this.dispatch({ type: 'agent-answered', offerId });
      },
      (outcome) => routing.decline(offerId, outcome),
    );
    if (!this.#house.deskOpen(agentId)) this.#ring.start();
    else this.#popTimer = kernel.clock.after(POP_WAIT_MS, () => this.popShown());
  }

  #newRing(
    agentId: string,
    headers: Readonly<Record<string, string>>,
    answered: (leg: AnsweredLeg) => void,
    failed: (outcome: 'busy' | 'declined' | 'failed') => void,
  ): Ring {
    const { sip, media, kernel } = this.#house;
    return new Ring({
      sip,
      media,
      callId: this.callId,
      devices: this.#house.devices(agentId),
      from: { display: this.pop.customer?.name ?? '', user: this.origin.ani || 'anonymous' },
      to: this.#house.username(agentId),
      headers,
      newLegId: () => kernel.ids.next('leg'),
      on: {
        ringing: (legId) => {
          if (this.ringing) return;
          this.ringing = true;
          kernel.journal.append({ type: 'leg.ringing', ...this.#ids(), legId, agentId });
        },
        answered,
        failed,
        digit: (legId, digit) => {
          if (legId === this.#agent?.legId && this.state.phase === 'talking') this.sendDigit(digit);
        },
        left: (legId, cause) => {
          if (legId !== this.#agent?.legId) return;
          this.dispatch(cause === 'hung-up' ? { type: 'agent-gone', cause } : { type: 'agent-lost' });
        },
      },
    });
  }

  #bridge(): void {
    const { kernel, routing } = this.#house;
    const agent = this.#agent;
    const { agentId } = this.state;
    if (!agent || !agentId) throw new Error('bridge without an agent leg');
    this.#ringTimer?.cancel();
    this.answeredAt = kernel.clock.now();
    const { interactionId } = this.origin;
    kernel.journal.append({ type: 'leg.answered', ...this.#ids(), legId: agent.legId, agentId });
    kernel.journal.append({ type: 'interaction.assigned', interactionId, agentId });
    kernel.journal.append({ type: 'call.bridged', ...this.#ids(), agentId });
    this.#applyHold(false);
    if (this.queueId && routing.queueSettings(this.queueId)?.record) void this.#record(agent.legId, agentId);
  }

  #rejoined(): void {
    if (!this.#agent) return;
    this.#legFact('leg.answered');
    this.#agent.media.mute(this.state.muted);
    this.#house.media.recordRight(this.callId, this.#agent.legId);
    this.#applyHold(this.state.held);
  }

  #applyHold(held: boolean): void {
    void this.#caller.then((caller) => {
      const agent = this.#agent;
      if (!caller || !agent || this.state.phase !== 'talking') return;
      const both = { [this.#callerLegId]: [agent.legId], [agent.legId]: [this.#callerLegId] };
      this.#house.media.mix(this.callId, held ? {} : both);
      if (held) caller.leg.play(soundPath('music'), { loop: true });
      else caller.leg.stopPlaying();
    });
  }

  async #record(right: string, agentId: string): Promise<void> {
    const { kernel, media, recordings } = this.#house;
    const { interactionId } = this.origin;
    const day = new Date(this.arrivedAt).toISOString().slice(0, 10).replaceAll('-', '/');
    const file = `${day}/${interactionId}.wav`;
    const failed = (problem: string): void => {
      this.recording = 'failed';
      kernel.journal.append({ type: 'recording.failed', interactionId, problem, agentId });
    };
    try {
      await media.record(this.callId, {
        file: join(recordings, file),
        left: this.#callerLegId,
        right,
        onFailed: failed,
      });
      this.#recordingFile = file;
      if (this.recording === 'off') this.recording = 'on';
      kernel.journal.append({ type: 'recording.started', interactionId, file, agentId });
    } catch (error) {
      kernel.log.error({ err: error, callId: this.callId }, 'recording cannot start');
      failed(error instanceof AppError ? error.message : 'The recording could not be started.');
    }
  }

  async #end(end: CallEnd, code: number): Promise<void> {
    const { kernel, routing, media } = this.#house;
    const { journal, clock } = kernel;
    const { interactionId } = this.origin;
    const { agentId } = this.state;
    const talked = this.answeredAt !== undefined && agentId !== undefined;
    const who = talked ? { agentId } : {};
    this.end = end;
    this.endedAt = clock.now();
    for (const timer of [this.#ringTimer, this.#popTimer, this.#recoveryTimer]) timer?.cancel();
    this.#ring?.stop();
    this.#ring = undefined;
    this.offer = undefined;
    this.ringing = false;
    if (this.#callerDialog) this.#callerDialog.bye();
    else this.#invite.reject(code);
    const agent = this.#agent;
    this.#agent = undefined;
    agent?.dialog.bye();
    journal.append({ type: 'call.ended', ...this.#ids(), end, ...who });
    journal.append({ type: 'interaction.ended', interactionId, end, ...who });
    if (this.itemId && talked) routing.workEnded(this.itemId);
    else if (this.itemId)
      routing.withdraw(this.itemId, end === 'server-stopped' ? 'server-restart' : 'abandoned');
    this.on.ended?.();
    const result = await media.stopRecording(this.callId).catch((error: unknown) => {
      kernel.log.error({ err: error, callId: this.callId }, 'recording cannot be completed');
      return undefined;
    });
    if (result && this.#recordingFile)
      journal.append({
        type: 'recording.ended',
        interactionId,
        file: this.#recordingFile,
        durationMs: result.durationMs,
        ...who,
      });
    const caller = await this.#caller;
    await Promise.all([agent?.media.close(), (caller?.leg ?? this.#callerLeg)?.close()]);
    this.#house.onEnded(this);
  }

  #letAgentGo(reason: string): void {
    const agent = this.#agent;
    this.#agent = undefined; // first, so that what ends now is no longer taken for the agent leaving
    agent?.dialog.bye(reason);
    void agent?.media.close();
  }

  #callerLost(cause: 'closed' | 'silent'): void {
    const answered = this.#callerAnsweredAt;
    const now = this.#house.kernel.clock.now();
    if (cause === 'silent' && (answered === undefined || now - answered < SPEAKS_AFTER_MS)) return; // told again
    this.dispatch({
      type: 'caller-gone',
      cause: cause === 'closed' ? 'connection-lost' : 'media-lost',
    });
  }

  #callerDigit(digit: string): void {
    const { phase, agentId } = this.state;
    if (phase === 'ended') return;
    this.digits += digit;
    this.#house.kernel.journal.append({
      type: 'call.digit',
      ...this.#ids(),
      digit,
      ...(phase === 'talking' && agentId ? { agentId } : {}),
    });
    if (phase === 'flow') this.on.digit?.(digit);
    else if (phase === 'talking') this.#agent?.media.sendDigit(digit);
  }

  /** The agent's leg went, or came back; its desk is told by this. */
  #legFact(type: 'leg.ended' | 'leg.answered'): void {
    const { agentId } = this.state;
    if (!agentId || !this.#agent) return;
    const leg = { ...this.#ids(), legId: this.#agent.legId, agentId };
    const fact: Fact = type === 'leg.ended' ? { type, ...leg, cause: 'media lost' } : { type, ...leg };
    this.#house.kernel.journal.append(fact);
  }

  #agentFact(type: 'call.held' | 'call.retrieved' | 'call.muted' | 'call.unmuted'): void {
    const { agentId } = this.state;
    if (agentId) this.#house.kernel.journal.append({ type, ...this.#ids(), agentId });
  }

  #ids(): { callId: string; interactionId: string } {
    return { callId: this.callId, interactionId: this.origin.interactionId };
  }
}
