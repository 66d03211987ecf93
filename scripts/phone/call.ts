import { type Line, token } from './line.ts';
import { cseqOf, header, headersOf, type Message, respond, statusOf, tagOf, uriOf } from './message.ts';
import { RtpSession } from './rtp.ts';
import { type Direction, mirror, readSdp, writeSdp } from './sdp.ts';

export interface CallOptions {
  /** User part of From: the number the other side sees. Default: the phone's own. */
  readonly ani?: string;
  readonly display?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** How a call ended. `code` is the final status of one that was never answered. */
export interface CallEnd {
  readonly by: 'us' | 'them' | 'failed';
  readonly code?: number;
}

/**
 * One call of a phone.
 *
 *   out: calling ---180--> ringing ---200--> up ---BYE either way--> ended
 *           |  \___________200___________^    ^
 *           +--3xx-6xx, CANCEL--> ended       |
 *   in:  ringing ---answer()--200, ACK--------+
 *           +--CANCEL, reject()--> ended
 */
export class Call {
  state: 'calling' | 'ringing' | 'up' | 'ended' = 'calling';
  /** The other side's number, as its From (or our To) says. */
  readonly number: string;
  readonly rtp: RtpSession;
  /** Resolves true when the call is answered, false when it ended before. */
  readonly answered: Promise<boolean>;
  readonly ended: Promise<CallEnd>;
  /** The INVITE that began an incoming call. */
  readonly invite: Message | undefined;
  readonly #phone: Line<Call>;
  readonly #callId: string;
  readonly #local: string;
  #remote: string;
  #target: string;
  #route: readonly string[] = [];
  #cseq = 1;
  #sdpVersion = 1;
  #direction: Direction = 'sendrecv';
  #outgoing: Message | undefined;
  #provisional = false;
  #cancelling = false;
  #ackedIn = false;
  #ack: Message | undefined;
  #settleAnswered: (answered: boolean) => void = () => undefined;
  #settleEnded: (end: CallEnd) => void = () => undefined;

  private constructor(
    phone: Line<Call>,
    rtp: RtpSession,
    dialog: {
      callId: string;
      local: string;
      remote: string;
      target: string;
      number: string;
      invite?: Message;
    },
  ) {
    this.#phone = phone;
    this.rtp = rtp;
    this.#callId = dialog.callId;
    this.#local = dialog.local;
    this.#remote = dialog.remote;
    this.#target = dialog.target;
    this.number = dialog.number;
    this.invite = dialog.invite;
    this.answered = new Promise((resolve) => {
      this.#settleAnswered = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    phone.adopt(dialog.callId, this);
  }

  /** Sends the INVITE. */
  static async start(phone: Line<Call>, number: string, options: CallOptions): Promise<Call> {
    const rtp = await RtpSession.open(phone.host);
    const from = `sip:${options.ani ?? phone.user}@${phone.domain}`;
    const target = `sip:${number}@${phone.domain}`;
    const call = new Call(phone, rtp, {
      callId: `${token()}@phone`,
      local: `${options.display ? `"${options.display}" ` : ''}<${from}>;tag=${token(4)}`,
      remote: `<${target}>`,
      target,
      number,
    });
    call.#sendInvite(target, options.headers ?? []);
    return call;
  }

  static async incoming(phone: Line<Call>, invite: Message): Promise<Call> {
    const rtp = await RtpSession.open(phone.host);
    const from = header(invite, 'from');
    const call = new Call(phone, rtp, {
      callId: header(invite, 'call-id'),
      local: `${header(invite, 'to')};tag=${token(4)}`,
      remote: from,
      target: uriOf(header(invite, 'contact')),
      number: /^sips?:([^@;]+)/.exec(uriOf(from))?.[1] ?? '',
      invite,
    });
    call.#route = headersOf(invite, 'record-route');
    phone.reply(invite, respond(invite, 100, 'Trying', ''));
    return call;
  }

  /** 180 to the caller. */
  ring(): void {
    if (!this.invite || this.state === 'up' || this.state === 'ended') return;
    this.state = 'ringing';
    this.#phone.reply(this.invite, respond(this.invite, 180, 'Ringing', tagOf(this.#local), this.#contact()));
  }

  /** 200 to the caller, again and again until its ACK comes (RFC 3261 13.3.1.4). False: it is too late. */
  answer(): boolean {
    const { invite } = this;
    if (!invite || this.state === 'up' || this.state === 'ended') return false;
    const offer = readSdp(invite.body);
    if (invite.body && !offer) {
      this.reject(488, 'Not Acceptable Here');
      return false;
    }
    if (offer) {
      this.#direction = mirror(offer.direction);
      this.rtp.connect(offer);
    }
    this.state = 'up';
    const ok = respond(invite, 200, 'OK', tagOf(this.#local), [...this.#contact(), ...SDP_TYPE], this.#sdp());
    let pause = 500;
    let waited = 0;
    const repeat = (): void => {
      if (this.#ackedIn || this.state === 'ended') return;
      if (waited >= 32_000) {
        void this.hangUp();
        return;
      }
      this.#phone.reply(invite, ok);
      waited += pause;
      setTimeout(repeat, pause).unref();
      pause = Math.min(4000, pause * 2);
    };
    repeat();
    this.#settleAnswered(true);
    return true;
  }

  reject(code = 486, reason = 'Busy Here'): void {
    if (!this.invite || this.state === 'up' || this.state === 'ended') return;
    this.#phone.reply(this.invite, respond(this.invite, code, reason, tagOf(this.#local)));
    this.#end({ by: 'us', code });
  }

  /** Ends the call in whatever state it is; resolves when the other side has confirmed it, or gave no answer. */
  async hangUp(): Promise<void> {
    if (this.state === 'ended') return;
    if (this.invite && this.state !== 'up') {
      this.reject(480, 'Temporarily Unavailable');
    } else if (this.state === 'up') {
      const bye = this.#inDialog('BYE');
      this.#end({ by: 'us' });
      await this.#phone.final(bye);
    } else {
      this.#cancelling = true;
      this.#cancelNow();
      await this.ended;
    }
  }

  /** Puts the other side on hold, or takes it back, by a re-INVITE. Resolves with its final status. */
  async hold(on: boolean): Promise<number> {
    if (this.state !== 'up') return 481;
    this.#direction = on ? 'sendonly' : 'sendrecv';
    this.#sdpVersion += 1;
    const invite = this.#inDialog('INVITE', [...this.#contact(), ...SDP_TYPE], this.#sdp());
    const ack = this.#inDialog('ACK', [], '', cseqOf(invite).number);
    const status = await new Promise<number>((resolve) => {
      this.#phone.send(invite, (response) => {
        const code = statusOf(response);
        if (code < 200) return;
        this.#phone.transmit(code < 300 ? ack : this.#ackOf(invite, response)); // each time it comes
        resolve(code);
      });
    });
    setTimeout(() => this.#phone.forget(invite), 5000).unref();
    return status;
  }

  /** For the phone: a request within this call. */
  receive(method: string, request: Message): void {
    const tag = tagOf(this.#local);
    const ok = (extra: readonly (readonly [string, string])[] = [], body = ''): void =>
      this.#phone.reply(request, respond(request, 200, 'OK', tag, extra, body));
    switch (method) {
      case 'ACK':
        this.#ackedIn = true;
        return;
      case 'CANCEL':
        ok();
        if (this.invite && this.state !== 'up' && this.state !== 'ended') {
          this.#phone.reply(this.invite, respond(this.invite, 487, 'Request Terminated', tag));
          this.#end({ by: 'them', code: 487 });
        }
        return;
      case 'BYE':
        ok();
        this.#end({ by: 'them' });
        return;
      case 'INVITE':
      case 'UPDATE': {
        const offer = readSdp(request.body);
        if (offer) {
          this.#direction = mirror(offer.direction);
          this.rtp.sending = this.#direction === 'sendrecv' || this.#direction === 'sendonly';
          this.rtp.connect(offer);
          this.#sdpVersion += 1;
        }
        if (offer || method === 'INVITE') ok([...this.#contact(), ...SDP_TYPE], this.#sdp());
        else ok(this.#contact());
        return;
      }
      default:
        ok();
    }
  }

  #sendInvite(target: string, headers: readonly (readonly [string, string])[]): void {
    const invite = this.#phone.request(
      'INVITE',
      target,
      [
        ['From', this.#local],
        ['To', `<${target}>`],
        ['Call-ID', this.#callId],
        ['CSeq', `${this.#cseq} INVITE`],
        ...this.#contact(),
        ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO'],
        ...SDP_TYPE,
        ...headers,
      ],
      this.#sdp(),
    );
    this.#outgoing = invite;
    this.#phone.send(invite, (response) => {
      const status = statusOf(response);
      if (status < 200) this.#onProvisional(status);
      else if (status < 300) this.#onAnswer(response);
      else this.#onRefused(invite, response, headers);
    });
  }

  #onProvisional(status: number): void {
    this.#provisional = true;
    if (status >= 180 && this.state === 'calling') this.state = 'ringing';
    if (this.#cancelling) this.#cancelNow();
  }

  #onAnswer(response: Message): void {
    if (this.#ack) {
      this.#phone.transmit(this.#ack); // the 200 came again: our ACK was lost
      return;
    }
    this.#remote = header(response, 'to');
    this.#target = uriOf(header(response, 'contact')) || this.#target;
    this.#route = headersOf(response, 'record-route').reverse();
    this.#ack = this.#inDialog('ACK', [], '', this.#cseq);
    this.#phone.transmit(this.#ack);
    if (this.state === 'ended') return;
    this.state = 'up';
    const media = readSdp(response.body);
    if (this.#cancelling || !media) {
      void this.hangUp(); // the 200 crossed our CANCEL (RFC 3261 9.1), or there is nothing to talk over
      return;
    }
    this.rtp.connect(media);
    this.#settleAnswered(true);
  }

  #onRefused(invite: Message, response: Message, headers: readonly (readonly [string, string])[]): void {
    const status = statusOf(response);
    this.#phone.transmit(this.#ackOf(invite, response));
    if (this.state === 'ended' || invite !== this.#outgoing) return;
    const uri = this.#target;
    const authorization = this.#phone.authorize(response, 'INVITE', uri);
    if (authorization && !headers.some(([name]) => name === authorization[0])) {
      this.#cseq += 1;
      this.#provisional = false;
      this.#sendInvite(uri, [...headers, authorization]);
      return;
    }
    this.#end({ by: this.#cancelling ? 'us' : 'failed', code: status });
  }

  /** CANCEL waits for a provisional response (RFC 3261 9.1). */
  #cancelNow(): void {
    const outgoing = this.#outgoing;
    if (!this.#provisional || !outgoing || this.state === 'up' || this.state === 'ended') return;
    this.#provisional = false; // once
    const same = outgoing.headers.filter(([name]) =>
      ['Via', 'Max-Forwards', 'From', 'To', 'Call-ID'].includes(name),
    );
    this.#phone.send(
      {
        start: outgoing.start.replace('INVITE', 'CANCEL'),
        headers: [...same, ['CSeq', `${this.#cseq} CANCEL`]],
        body: '',
      },
      () => undefined, // the INVITE's own 487 (or its 200) ends the call
    );
  }

  /** ACK of a failure: same branch, same request (RFC 3261 17.1.1.3). */
  #ackOf(invite: Message, response: Message): Message {
    const same = invite.headers.filter(([name]) =>
      ['Via', 'Max-Forwards', 'From', 'Call-ID', 'Route'].includes(name),
    );
    const { number } = cseqOf(invite);
    return {
      start: invite.start.replace('INVITE', 'ACK'),
      headers: [...same, ['To', header(response, 'to')], ['CSeq', `${number} ACK`]],
      body: '',
    };
  }

  #inDialog(
    method: string,
    extra: readonly (readonly [string, string])[] = [],
    body = '',
    cseq = ++this.#cseq,
  ): Message {
    return this.#phone.request(
      method,
      this.#target,
      [
        ['From', this.#local],
        ['To', this.#remote],
        ['Call-ID', this.#callId],
        ['CSeq', `${cseq} ${method}`],
        ...this.#route.map((route): [string, string] => ['Route', route]),
        ...extra,
      ],
      body,
    );
  }

  #contact(): [string, string][] {
    return [['Contact', this.#phone.contact]];
  }

  #sdp(): string {
    return writeSdp({
      host: this.#phone.host,
      port: this.rtp.port,
      direction: this.#direction,
      version: this.#sdpVersion,
    });
  }

  #end(end: CallEnd): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.rtp.close();
    this.#settleAnswered(false);
    this.#settleEnded(end);
    const outgoing = this.#outgoing;
    // Copies of the last messages may still come: the call stays known until nobody sends any.
    setTimeout(() => {
      if (outgoing) this.#phone.forget(outgoing);
    }, 5000).unref();
    this.#phone.release(this.#callId);
  }
}

const SDP_TYPE: readonly (readonly [string, string])[] = [['Content-Type', 'application/sdp']];
