import type {
  Binding,
  DialogEnd,
  DialogHandlers,
  IncomingInvite,
  OutgoingInvite,
  OutgoingInviteOptions,
  SipDialog,
  SipServer,
  SipUri,
} from '#server/telephony/sip/index.ts';

const uri = (user: string): SipUri => ({
  scheme: 'sip',
  user,
  host: 'cordboard',
  port: undefined,
  params: {},
});

/** Dialogs open on either side: a test ends with none. */
export class FakeDialog implements SipDialog {
  readonly id: string;
  readonly remote = { display: '', uri: uri('peer'), params: {} };
  readonly handlers: DialogHandlers;
  readonly #open: Set<FakeDialog>;

  constructor(id: string, handlers: DialogHandlers, open: Set<FakeDialog>) {
    this.id = id;
    this.handlers = handlers;
    this.#open = open;
    open.add(this);
  }

  get alive(): boolean {
    return this.#open.has(this);
  }

  bye(): void {
    this.end('local-bye');
  }

  /** What the far end does, or the stack notices. */
  end(cause: DialogEnd['cause']): void {
    if (!this.#open.delete(this)) return;
    this.handlers.onEnded({ cause, reason: undefined });
  }

  async reinvite(): Promise<string> {
    return 'answer';
  }
}

/** A caller's INVITE whose other end is the test. */
export class FakeInvite implements IncomingInvite {
  readonly sipCallId = 'fake';
  readonly requestUri: SipUri;
  readonly from: IncomingInvite['from'];
  readonly to: IncomingInvite['to'];
  readonly source: IncomingInvite['source'];
  readonly sdp = 'offer';
  onCancelled: (cause: 'cancel' | 'connection-lost') => void = () => undefined;
  onAcked: () => void = () => undefined;
  readonly progressed: number[] = [];
  /** `pending`, `answered`, `cancelled`, or the code it was refused with. */
  outcome: 'pending' | 'answered' | 'cancelled' | number = 'pending';
  dialog: FakeDialog | undefined;
  readonly #sip: FakeSip;

  constructor(sip: FakeSip, from: string, to: string, account?: string) {
    this.#sip = sip;
    this.requestUri = uri(to);
    this.from = { display: '', uri: uri(from), params: {} };
    this.to = { display: '', uri: uri(to), params: {} };
    this.source = { transport: 'udp', address: '127.0.0.1', port: 5080, account };
  }

  header(): undefined {
    return undefined;
  }

  progress(code: number): void {
    if (this.outcome === 'pending') this.progressed.push(code);
  }

  answer(_sdp: string, handlers: DialogHandlers): SipDialog {
    if (this.outcome !== 'pending') throw new Error(`answered after ${this.outcome}`);
    this.outcome = 'answered';
    this.dialog = new FakeDialog('caller', handlers, this.#sip.dialogs);
    return this.dialog;
  }

  reject(code: number): void {
    if (this.outcome === 'pending') this.outcome = code;
  }

  /** The caller gives up before an answer. */
  cancel(): void {
    if (this.outcome !== 'pending') return;
    this.outcome = 'cancelled';
    this.onCancelled('cancel');
  }
}

/** An INVITE to an agent's phone whose other end is the test. */
export class FakePhoneCall implements OutgoingInvite {
  readonly sipCallId = 'fake';
  readonly options: OutgoingInviteOptions;
  state: 'inviting' | 'answered' | 'failed' | 'cancelled' = 'inviting';
  dialog: FakeDialog | undefined;
  readonly #sip: FakeSip;

  constructor(sip: FakeSip, options: OutgoingInviteOptions) {
    this.#sip = sip;
    this.options = options;
  }

  ring(): void {
    if (this.state === 'inviting') this.options.handlers.onProgress(180, undefined);
  }

  answer(): void {
    if (this.state !== 'inviting') return;
    this.state = 'answered';
    this.dialog = new FakeDialog('agent', this.options.handlers.dialog, this.#sip.dialogs);
    this.options.handlers.onAnswered(this.dialog, 'answer');
  }

  fail(code: number): void {
    if (this.state !== 'inviting') return;
    this.state = 'failed';
    this.options.handlers.onFailed(code, '');
  }

  cancel(): void {
    if (this.state !== 'inviting') return;
    this.state = 'cancelled';
    this.options.handlers.onFailed(487, 'Request Terminated');
  }
}

/** Stands where the SIP stack stands, for tests of what is above it. */
export class FakeSip implements SipServer {
  readonly dialogs = new Set<FakeDialog>();
  readonly phoneCalls: FakePhoneCall[] = [];
  readonly registered = new Map<string, Binding[]>();

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  attach(): void {}
  unregister(): void {}

  /** @param port of its contact: another one is another phone in the place of the first */
  register(user: string, port = 7000): void {
    const contact = `sip:${user}@127.0.0.1:${port}`;
    const binding: Binding = {
      aor: user,
      contact,
      flow: undefined,
      transport: 'udp',
      userAgent: 'fake',
      instance: contact,
      expiresAt: Number.MAX_SAFE_INTEGER,
    };
    this.registered.set(user, [binding]);
  }

  bindings(user: string): readonly Binding[] {
    return this.registered.get(user) ?? [];
  }

  invite(options: OutgoingInviteOptions): FakePhoneCall {
    const call = new FakePhoneCall(this, options);
    this.phoneCalls.push(call);
    return call;
  }

  counts() {
    return { transactions: 0, dialogs: this.dialogs.size, bindings: 0, connections: 0, timers: 0 };
  }
}
