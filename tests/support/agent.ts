import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import type { Desk } from '#shared/contract/desk.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { eventually } from './eventually.ts';

/** Where a server is. */
export interface Place {
  readonly url: string;
  readonly sip: { readonly host: string; readonly port: number };
}

export interface AgentOptions {
  readonly password?: string;
  /** No phone; or none of its own accord. */
  readonly phone?: boolean;
  readonly available?: boolean;
  /** Says `offer.shown` as soon as an offer is on the desk; default true. */
  readonly shows?: boolean;
}

/** An agent at work: a desk as the desktop speaks it, and a phone. The phone rings and waits for the test to answer. */
export class TestAgent {
  readonly username: string;
  readonly client: DeskClient;
  /** Undefined for an agent without one. */
  readonly phone: Phone | undefined;
  /** Every desk that came, oldest first. */
  readonly desks: Desk[] = [];
  /** Every INVITE the phone got. */
  readonly calls: Call[];
  readonly #shows: boolean;
  #shown = '';
  #dropped = 0;
  /** How many of `calls` the test was given. */
  #given = 0;

  private constructor(
    username: string,
    client: DeskClient,
    phone: Phone | undefined,
    calls: Call[],
    shows: boolean,
  ) {
    this.username = username;
    this.client = client;
    this.phone = phone;
    this.calls = calls;
    this.#shows = shows;
  }

  static async start(place: Place, username: string, options: AgentOptions = {}): Promise<TestAgent> {
    const client = await DeskClient.signIn(place.url, username, options.password ?? 'demo');
    const calls: Call[] = [];
    const withPhone = options.phone !== false;
    const phone = withPhone
      ? await Phone.open({
          server: place.sip,
          user: username,
          ...(client.sip ? { account: client.sip } : {}),
          onCall: (call) => {
            calls.push(call);
            call.ring();
          },
        })
      : undefined;
    const agent = new TestAgent(username, client, phone, calls, options.shows !== false);
    if (phone) {
      const status = await phone.register();
      if (status !== 200) throw new Error(`${username}'s phone could not register: ${status}`);
    }
    await client.connect((desk) => agent.#onDesk(desk));
    if (options.available !== false) await agent.available();
    return agent;
  }

  /** The desk as it is now. */
  get desk(): Desk {
    const desk = this.desks.at(-1);
    if (!desk) throw new Error('no desk has come yet');
    return desk;
  }

  async setPresence(presence: Desk['presence'], reason?: string): Promise<void> {
    await this.client.request(endpoints.setPresence, { body: { presence, ...(reason ? { reason } : {}) } });
  }

  async available(): Promise<void> {
    await this.setPresence('available');
    await this.until((desk) => desk.state === 'idle', 'idle');
  }

  /** Resolves with the first desk, from now, of which this is true. */
  until(is: (desk: Desk) => boolean, what: string, ms?: number): Promise<Desk> {
    return eventually(() => is(this.desk) && this.desk, `${this.username}'s desk: ${what}`, ms).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}; it is ${JSON.stringify(this.desk)}`);
      },
    );
  }

  async offer(ms?: number): Promise<OfferView> {
    const { offer } = await this.until((desk) => desk.offer !== null, 'an offer', ms);
    if (!offer) throw new Error('unreachable');
    return offer;
  }

  async work(is: (work: WorkView) => boolean, what: string): Promise<WorkView> {
    const { work } = await this.until((desk) => desk.work !== null && is(desk.work), what);
    if (!work) throw new Error('unreachable');
    return work;
  }

  /** The next call at the phone that the test has not been given yet, once it rings. */
  async rung(ms?: number): Promise<Call> {
    const call = await eventually(
      () => this.calls[this.#given],
      `${this.username}'s phone rings (call ${this.#given + 1})`,
      ms,
    );
    this.#given += 1;
    return call;
  }

  /** Lets the phone ring (or takes the ringing call) and answers; resolves when the desk has the call. */
  async answer(): Promise<Call> {
    const call = await eventually(
      () => this.calls.find(({ state }) => state === 'ringing'),
      `${this.username}'s phone rings`,
    );
    this.#given = Math.max(this.#given, this.calls.indexOf(call) + 1);
    if (!call.answer()) throw new Error('it was too late to answer');
    await this.work(({ phase }) => phase === 'talking', 'talking');
    return call;
  }

  /** The bearer's token of this session. */
  get token(): string {
    return this.client.token;
  }

  /** The network takes the desk's socket away; it connects again by itself. */
  dropSocket(): void {
    this.#dropped = this.desks.length;
    this.client.dropLine();
  }

  /** The first desk after `dropSocket`, or after the server went away. */
  reconnected(since = this.#dropped): Promise<Desk> {
    return eventually(
      () => this.client.connected && this.desks.length > since && this.desks[since],
      `${this.username}'s desk is back`,
    );
  }

  /** Ends the wrap-up, if one is open, and resolves when the agent is idle. */
  async finish(): Promise<void> {
    const { state, work } = await this.until((desk) => desk.state !== 'on-work', 'the call is over');
    if (state === 'wrap-up' && work)
      await this.client.command('wrap-up.finish', { interactionId: work.interactionId });
    await this.until((desk) => desk.state === 'idle', 'idle');
  }

  /** Idle, whatever was before; calls that rang until now are done with. */
  async ready(): Promise<void> {
    this.#given = this.calls.length;
    if (this.desk.state === 'wrap-up') await this.finish();
    else if (this.desk.state !== 'idle') await this.available();
  }

  async close(): Promise<void> {
    await this.phone?.close();
    await this.client.close();
  }

  #onDesk(desk: Desk): void {
    this.desks.push(desk);
    const { offer } = desk;
    if (!this.#shows || !offer || offer.offerId === this.#shown) return;
    this.#shown = offer.offerId;
    // The offer may be over by the time this arrives: then nothing is left to ring.
    this.client.command('offer.shown', { offerId: offer.offerId }).catch(() => undefined);
  }
}
