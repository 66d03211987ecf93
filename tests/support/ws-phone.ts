import { randomUUID } from 'node:crypto';
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from 'werift';
import { WebSocket } from 'ws';
import { answerChallenge, type DigestAccount } from '../../scripts/phone/digest.ts';
import { fromMuLaw, muLaw } from '../../scripts/phone/g711.ts';
import {
  branchOf,
  header,
  headersOf,
  type Message,
  methodOf,
  parseMessage,
  respond,
  statusOf,
  writeMessage,
} from '../../scripts/phone/message.ts';
import { eventually } from './eventually.ts';
import { tone } from './tones.ts';

const token = (): string => randomUUID().replaceAll('-', '');

/**
 * A desktop's phone without the desktop: SIP over WebSocket (RFC 7118) with an instance of its own (RFC 5626), and
 * WebRTC audio by a library. Its line can be dropped and taken up again under a standing call.
 */
export class WsPhone {
  /** Every call that came, oldest first. */
  readonly calls: WsCall[] = [];
  readonly #url: string;
  readonly #account: DigestAccount;
  readonly #instance = `<urn:uuid:${randomUUID()}>`;
  readonly #contact: string;
  readonly #waiting = new Map<string, (response: Message) => void>();
  #socket: WebSocket | undefined;
  #cseq = 0;
  #given = 0;

  private constructor(url: string, account: DigestAccount) {
    this.#url = `${url.replace(/^http/, 'ws')}/sip`;
    this.#account = account;
    this.#contact = `sip:${account.username}@${token()}.invalid;transport=ws`;
  }

  /** Connects and registers. */
  static async open(url: string, account: DigestAccount): Promise<WsPhone> {
    const phone = new WsPhone(url, account);
    await phone.reconnect();
    return phone;
  }

  get contact(): string {
    return `<${this.#contact}>`;
  }

  /** The network takes the line away, without a word. */
  drop(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  /** Connects anew and registers the same instance and contact. */
  async reconnect(): Promise<void> {
    const socket = new WebSocket(this.#url, 'sip');
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#receive(parseMessage(Buffer.from(data as Buffer))));
    this.#socket = socket;
    const callId = token();
    const challenged = await this.#register(callId);
    const answer = answerChallenge(headersOf(challenged, 'www-authenticate'), this.#account, {
      method: 'REGISTER',
      uri: 'sip:cordboard',
      cnonce: token(),
    });
    const final = await this.#register(callId, answer);
    if (statusOf(final) !== 200) throw new Error(`the phone could not register: ${final.start}`);
  }

  /** The next call the test has not been given yet, once it rings here. */
  async rung(): Promise<WsCall> {
    const call = await eventually(() => this.calls[this.#given], 'the desktop’s phone rings');
    this.#given += 1;
    return call;
  }

  send(message: Message): void {
    this.#socket?.send(writeMessage(message).toString());
  }

  /** Closes its audio and its line, as a page does that goes away. */
  async close(): Promise<void> {
    await Promise.all(this.calls.map((call) => call.closeAudio()));
    this.drop();
  }

  #register(callId: string, authorization?: string): Promise<Message> {
    const branch = `z9hG4bK${token()}`;
    const address = `<sip:${this.#account.username}@cordboard>`;
    const request: Message = {
      start: 'REGISTER sip:cordboard SIP/2.0',
      headers: [
        ['Via', `SIP/2.0/WS ${token()}.invalid;branch=${branch}`],
        ['Max-Forwards', '70'],
        ['From', `${address};tag=${token()}`],
        ['To', address],
        ['Call-ID', callId],
        ['CSeq', `${++this.#cseq} REGISTER`],
        ['Contact', `${this.contact};+sip.instance="${this.#instance}";reg-id=1`],
        ['Supported', 'outbound, path'],
        ['Expires', '300'],
        ...(authorization ? [['Authorization', authorization] as const] : []),
      ],
      body: '',
    };
    return new Promise((resolve) => {
      this.#waiting.set(branch, resolve);
      this.send(request);
    });
  }

  #receive(message: Message | undefined): void {
    if (!message) return;
    const method = methodOf(message);
    if (!method) {
      this.#waiting.get(branchOf(message))?.(message);
      this.#waiting.delete(branchOf(message));
      return;
    }
    const known = this.calls.find(({ callId }) => callId === header(message, 'call-id'));
    if (known) known.receive(method, message);
    else if (method === 'INVITE') this.calls.push(new WsCall(this, message));
    else this.send(respond(message, 481, 'Call Does Not Exist', token()));
  }
}

/** One call at such a phone: rings at once, is answered by the test. */
export class WsCall {
  readonly callId: string;
  readonly invite: Message;
  state: 'ringing' | 'up' | 'ended' = 'ringing';
  /** The last second heard. */
  readonly heard: number[] = [];
  acked = false;
  readonly #phone: WsPhone;
  readonly #tag = token();
  #audio: RTCPeerConnection | undefined;
  #speaking: NodeJS.Timeout | undefined;

  constructor(phone: WsPhone, invite: Message) {
    this.#phone = phone;
    this.invite = invite;
    this.callId = header(invite, 'call-id');
    phone.send(respond(invite, 180, 'Ringing', this.#tag, [['Contact', phone.contact]]));
  }

  /** 200 with audio, over whatever line the phone has now. */
  async answer(): Promise<void> {
    const audio = new RTCPeerConnection({
      codecs: {
        audio: [
          new RTCRtpCodecParameters({ mimeType: 'audio/PCMU', clockRate: 8000, channels: 1, payloadType: 0 }),
        ],
      },
      iceServers: [],
      iceUseIpv6: false,
    });
    this.#audio = audio;
    const track = new MediaStreamTrack({ kind: 'audio' });
    audio.addTrack(track);
    audio.onTrack.subscribe((remote) => {
      remote.onReceiveRtp.subscribe(({ payload }) => {
        for (const byte of payload) this.heard.push(fromMuLaw(byte));
        this.heard.splice(0, Math.max(0, this.heard.length - 8000));
      });
    });
    await audio.setRemoteDescription({ type: 'offer', sdp: this.invite.body });
    await audio.setLocalDescription(await audio.createAnswer());
    await eventually(() => audio.iceGatheringState === 'complete', 'the candidates are there');
    this.#phone.send(
      respond(
        this.invite,
        200,
        'OK',
        this.#tag,
        [
          ['Contact', this.#phone.contact],
          ['Content-Type', 'application/sdp'],
        ],
        audio.localDescription?.sdp ?? '',
      ),
    );
    this.state = 'up';
    this.#track = track;
  }
  #track: MediaStreamTrack | undefined;

  /** A tone, from now on. */
  say(hertz: number): void {
    let frame = 0;
    const began = performance.now();
    clearInterval(this.#speaking);
    this.#speaking = setInterval(() => {
      for (const due = (performance.now() - began) / 20; frame < due; frame++) {
        const samples = tone(hertz, 20, { from: frame * 160 });
        const rtp = new RtpHeader({
          payloadType: 0,
          sequenceNumber: frame & 0xffff,
          timestamp: frame * 160,
          ssrc: 7,
        });
        this.#track?.writeRtp(new RtpPacket(rtp, Buffer.from(Array.from(samples, muLaw))));
      }
    }, 10);
  }

  receive(method: string, request: Message): void {
    if (method === 'ACK') {
      this.acked = true;
      return;
    }
    this.#phone.send(respond(request, 200, 'OK', this.#tag));
    if (method === 'CANCEL' && this.state === 'ringing')
      this.#phone.send(respond(this.invite, 487, 'Request Terminated', this.#tag));
    if (method === 'CANCEL' || method === 'BYE') {
      this.state = 'ended';
      void this.closeAudio();
    }
  }

  async closeAudio(): Promise<void> {
    clearInterval(this.#speaking);
    await this.#audio?.close();
  }
}
