import type { Server as HttpServer } from 'node:http';
import { Dialogs, type IncomingCall, Limbo, OutgoingCall } from './dialog/index.ts';
import { Dispatcher } from './dispatch.ts';
import { Ids } from './ids.ts';
import { Authenticator, Bindings, Nonces, Registrar } from './registrar/index.ts';
import { Timers } from './timers.ts';
import { TransactionLayer } from './transaction/index.ts';
import { type Datagrams, DEFAULT_LIMITS, type Flow, Sources, Transports } from './transport/index.ts';
import type {
  Binding,
  BoundSipServer,
  OutgoingInvite,
  OutgoingInviteOptions,
  RegistrarEvents,
  SipCounts,
  SipServerOptions,
  TransportName,
} from './types.ts';

/** `[::1]` for `::1`. */
function inUri(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** The server: puts the layers together, and is what the other rooms see. */
export class CordboardSipServer implements BoundSipServer {
  readonly #options: SipServerOptions;
  readonly timers: Timers;
  readonly #layer: TransactionLayer;
  readonly transports: Transports;
  readonly #bound: Bindings;
  readonly #registrar: Registrar;
  readonly #dialogs: Dialogs;
  readonly #dispatcher: Dispatcher;
  readonly #incoming = new Set<IncomingCall>();
  readonly #outgoing = new Set<OutgoingCall>();
  readonly #viaNames = new Map<TransportName, string>();
  readonly #contactLines = new Map<TransportName, string>();

  /** `udp` takes the place of the UDP socket in tests. */
  constructor(options: SipServerOptions, udp?: Datagrams) {
    this.#options = options;
    const { clock, log } = options;
    const now = (): number => clock.now();
    const ids = new Ids(options.random);
    const sources = new Sources({ ...DEFAULT_LIMITS, ...options.limits }, now);
    this.timers = new Timers(clock);
    this.#bound = new Bindings(this.#registrarEvents(options.registrar));
    this.#registrar = new Registrar(this.#bound, this.timers);
    this.transports = new Transports({
      timers: this.timers,
      sources,
      log,
      receive: (data, flow) => this.receive(data, flow),
      onFlowLost: (flow) => this.#registrar.dropFlow(flow.id),
      udp,
    });
    this.#layer = new TransactionLayer(this.timers, ids, (transport) => this.#viaNames.get(transport) ?? '');
    this.#dialogs = new Dialogs({
      realm: options.realm,
      log,
      ids,
      timers: this.timers,
      layer: this.#layer,
      transports: this.transports,
      limbo: new Limbo(),
      contactLine: (transport) => this.#contactLines.get(transport) ?? '',
      phonesOn: (flow) => this.#bound.onFlow(flow.id).map(phoneOf),
      accountAt: (flow, contact) => this.#bound.onFlow(flow.id).find((b) => b.contact === contact)?.aor,
    });
    const nonces = new Nonces(options.random(32), () => ids.tag());
    this.#dispatcher = new Dispatcher({
      options,
      dialogs: this.#dialogs,
      sources,
      bindings: this.#bound,
      registrar: this.#registrar,
      authenticator: new Authenticator(options, nonces, sources),
      incoming: this.#incoming,
    });
    this.#name(options.port, options.tls?.port ?? 5061);
  }

  async start(): Promise<void> {
    await this.transports.start(this.#options);
    this.#name(this.transports.port, this.transports.tlsPort || 5061);
  }

  async stop(graceMs = 2000): Promise<void> {
    this.#dispatcher.stopping = true;
    for (const call of [...this.#incoming]) call.reject(503, 'Server Shutting Down');
    for (const call of [...this.#outgoing]) call.cancel('Server shutting down');
    this.#dialogs.byeNow();
    await this.#drained(graceMs);
    this.#registrar.stop();
    await this.transports.stop();
    this.timers.clear();
    this.#layer.clear();
    this.#bound.forget();
  }

  /** One message as a transport cut it out. Never throws. */
  receive(data: Buffer, flow: Flow): void {
    this.#dispatcher.receive(data, flow);
  }

  attach(http: HttpServer, path: string): void {
    this.transports.attach(http, path);
  }

  invite(options: OutgoingInviteOptions): OutgoingInvite {
    return new OutgoingCall(this.#dialogs, options, this.#outgoing);
  }

  bindings(aorUser: string): readonly Binding[] {
    return this.#bound.of(aorUser, this.timers.clock.now());
  }

  unregister(aorUser: string): void {
    this.#registrar.unregister(aorUser);
  }

  counts(): SipCounts {
    return {
      transactions: this.#layer.size,
      dialogs: this.#dialogs.size,
      bindings: this.#bound.size,
      connections: this.transports.connections,
      timers: this.timers.size,
    };
  }

  ports(): { port: number; tlsPort: number } {
    return { port: this.transports.port, tlsPort: this.transports.tlsPort };
  }

  /** Resolves when no request of ours waits for its response, or after `graceMs`. */
  #drained(graceMs: number): Promise<void> {
    if (this.#layer.waiting === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        late.cancel();
        this.#layer.onIdle = undefined;
        resolve();
      };
      const late = this.#options.clock.after(graceMs, done);
      this.#layer.onIdle = done;
    });
  }

  #name(port: number, tlsPort: number): void {
    const host = inUri(this.#options.advertise);
    for (const transport of ['udp', 'tcp', 'tls', 'ws', 'wss'] as const) {
      const at = transport === 'tls' ? tlsPort : port;
      this.#viaNames.set(transport, `SIP/2.0/${transport.toUpperCase()} ${host}:${at}`);
      const param = transport === 'udp' ? '' : `;transport=${transport === 'wss' ? 'ws' : transport}`;
      this.#contactLines.set(transport, `Contact: <sip:cordboard@${host}:${at}${param}>\r\n`);
    }
  }

  /** Passes the registrar's news on, and brings dialogs back to a phone that is back. */
  #registrarEvents(owner: RegistrarEvents): RegistrarEvents {
    // Set by `replaced`, read by the `registered` that follows in the same change.
    let replaced: Flow | undefined;
    return {
      onRegistered: (aor, binding, first) => {
        const flow = binding.flow === undefined ? undefined : this.transports.flow(binding.flow);
        if (flow?.reliable === true) {
          replaced?.moveUsers(flow);
          this.#dialogs.context.limbo.back(phoneOf(binding), flow);
        }
        replaced = undefined;
        owner.onRegistered(aor, binding, first);
      },
      onUnregistered: (aor, binding, reason) => {
        replaced =
          reason === 'replaced' && binding.flow !== undefined
            ? this.transports.flow(binding.flow)
            : undefined;
        owner.onUnregistered(aor, binding, reason);
      },
    };
  }
}

function phoneOf(binding: Binding): string {
  return `${binding.aor} ${binding.instance}`;
}
