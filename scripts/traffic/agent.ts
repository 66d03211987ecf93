import type { Desk } from '#shared/contract/desk.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { Call } from '../phone/call.ts';
import { Phone } from '../phone/phone.ts';
import type { Frames } from '../phone/speech.ts';
import { type Chance, wait } from './chance.ts';
import { DeskClient, Refused } from './desk.ts';

const NOTES = [
  'Asked about the delivery date; told Thursday.',
  'Wants a copy of the last invoice by mail.',
  'Light blinks twice after power-on; reset helped.',
  'Will call back after talking to the branch office.',
  'Address changed; confirmed by reading it back.',
];

export interface RobotOptions {
  readonly url: string;
  readonly sip: { readonly host: string; readonly port: number };
  readonly username: string;
  readonly password: string;
  readonly chance: Chance;
  readonly voice: Frames;
  readonly signal: AbortSignal;
  /** The agent is on with this caller. */
  readonly onTalking: (number: string) => void;
}

/**
 * A robot agent: a desk and a phone. It takes what it is offered, talks, writes a note, sets a disposition, ends its
 * wrap-up, and comes back by itself when it was taken for not responding.
 */
export class RobotAgent {
  /** Routing state as the desk last said. */
  state = 'offline';
  readonly #options: RobotOptions;
  readonly #desk: DeskClient;
  readonly #phone: Phone;
  #dispositions: readonly string[] = [];
  #shown = '';
  #noted = '';
  #finishing = '';
  #returning = false;
  #refresh: NodeJS.Timeout | undefined;

  private constructor(options: RobotOptions, desk: DeskClient, phone: Phone) {
    this.#options = options;
    this.#desk = desk;
    this.#phone = phone;
  }

  /** Signs in, registers a phone, becomes available. Rejects with what went wrong, in words. */
  static async start(options: RobotOptions): Promise<RobotAgent> {
    const desk = await DeskClient.signIn(options.url, options.username, options.password);
    let robot: RobotAgent | undefined;
    const phone = await Phone.open({
      server: options.sip,
      user: desk.sip?.username ?? options.username,
      host: options.sip.host === 'localhost' ? '127.0.0.1' : localAddress(options.sip.host),
      ...(desk.sip ? { domain: desk.sip.realm } : {}),
      onCall: (call) => {
        if (robot !== undefined) void robot.#take(call);
      },
    });
    robot = new RobotAgent(options, desk, phone);
    try {
      await robot.#register();
      const lists = await desk.request(endpoints.lists);
      robot.#dispositions = lists.dispositions.map((disposition) => disposition.id);
      const self = robot;
      await desk.connect((now) => self.#onDesk(now));
      await desk.request(endpoints.setPresence, { body: { presence: 'available' } });
    } catch (error) {
      await robot.stop();
      throw error;
    }
    return robot;
  }

  /** Hangs up, goes offline, unregisters, signs out. */
  async stop(): Promise<void> {
    clearTimeout(this.#refresh);
    await Promise.all(this.#phone.live.map((call) => call.hangUp()));
    const offline = { body: { presence: 'offline' } };
    await this.#desk.request(endpoints.setPresence, offline).catch(() => undefined); // going anyway
    if (this.#desk.sip)
      await Promise.race([this.#phone.register(0, this.#account()), wait(1, this.#options.signal)]);
    await this.#phone.close();
    await this.#desk.close();
  }

  #account(): { username: string; password: string } | undefined {
    const { sip } = this.#desk;
    return sip ? { username: sip.username, password: sip.password } : undefined;
  }

  async #register(): Promise<void> {
    const expires = 120;
    const { sip } = this.#desk;
    if (!sip || sip.expiresAt < Date.now() + 2 * expires * 1000)
      this.#desk.sip = await this.#desk.request(endpoints.myPhone);
    const status = await this.#phone.register(expires, this.#account());
    if (status !== 200)
      throw new Error(`${this.#options.username}: the phone could not register (${status})`);
    this.#refresh = setTimeout(() => {
      this.#register().catch((error: unknown) => report(this.#options.username, error));
    }, expires * 500);
    this.#refresh.unref();
  }

  #onDesk(desk: Desk): void {
    this.state = desk.state;
    if (this.#options.signal.aborted) return;
    const { offer, work } = desk;
    if (offer && offer.offerId !== this.#shown) {
      this.#shown = offer.offerId;
      void this.#command(this.#desk.command('offer.shown', { offerId: offer.offerId }));
    }
    if (work?.phase === 'talking' && work.interactionId !== this.#noted) {
      this.#noted = work.interactionId;
      this.#options.onTalking(work.number);
      void this.#note(work.interactionId, work.notesRev);
    }
    if (work?.phase === 'wrap-up' && work.interactionId !== this.#finishing) {
      this.#finishing = work.interactionId;
      void this.#finish(work.interactionId);
    }
    if (desk.state === 'not-responding' && !this.#returning) void this.#comeBack();
  }

  async #take(call: Call): Promise<void> {
    const { chance, signal, voice } = this.#options;
    call.ring();
    await wait(chance.between(1, 4), signal);
    if (signal.aborted || !call.answer()) return;
    call.rtp.say(voice, Math.floor(chance.between(0, voice.length)));
    const over = new AbortController();
    void call.ended.then(() => over.abort());
    const either = AbortSignal.any([signal, over.signal]);
    if (chance.odds(0.15)) {
      await wait(chance.between(5, 15), either);
      if (call.state === 'up') await this.#hold(either);
    }
    // Mostly the caller ends; sometimes, or after long, the agent does.
    await wait(chance.odds(0.3) ? chance.between(30, 90) : 180, either);
    await call.hangUp();
  }

  async #hold(signal: AbortSignal): Promise<void> {
    const interactionId = this.#noted;
    if (!interactionId) return;
    await this.#command(this.#desk.command('call.hold', { interactionId, held: true }));
    await wait(this.#options.chance.between(3, 8), signal);
    await this.#command(this.#desk.command('call.hold', { interactionId, held: false }));
  }

  async #note(interactionId: string, base: number): Promise<void> {
    const { chance, signal } = this.#options;
    await wait(chance.between(5, 20), signal);
    if (signal.aborted) return;
    const notes = chance.pick(NOTES) ?? '';
    await this.#command(this.#desk.command('notes.save', { interactionId, notes, base }));
  }

  async #finish(interactionId: string): Promise<void> {
    const { chance, signal } = this.#options;
    await wait(chance.between(2, 8), signal);
    if (signal.aborted) return;
    const disposition = chance.pick(this.#dispositions);
    if (disposition)
      await this.#command(this.#desk.command('disposition.set', { interactionId, disposition }));
    await wait(1, signal);
    await this.#command(this.#desk.command('wrap-up.finish', { interactionId }));
  }

  async #comeBack(): Promise<void> {
    this.#returning = true;
    await wait(5, this.#options.signal);
    this.#returning = false;
    if (!this.#options.signal.aborted)
      await this.#command(this.#desk.request(endpoints.setPresence, { body: { presence: 'available' } }));
  }

  /** A refusal is part of the game (the caller hung up first); anything else is told. */
  async #command(done: Promise<unknown>): Promise<void> {
    try {
      await done;
    } catch (error) {
      if (!(error instanceof Refused) && !this.#options.signal.aborted) report(this.#options.username, error);
    }
  }
}

/** Where to bind so that this server can answer: loopback for a loopback server, else any address. */
export const localAddress = (host: string): string => (host.startsWith('127.') ? '127.0.0.1' : '0.0.0.0');

const report = (who: string, error: unknown): void =>
  console.error(`${who}: ${error instanceof Error ? error.message : String(error)}`);
