import type { Server as HttpServer } from 'node:http';

/** A SIP or SIPS URI, parsed. `params` keep their order; names are lower case; a flag has the value ''. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips' | 'tel';
  readonly user: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Readonly<Record<string, string>>;
}

export interface NameAddr {
  readonly display: string;
  readonly uri: SipUri;
  readonly params: Readonly<Record<string, string>>;
}

export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Where a request came from. `account` is the address-of-record user whose digest or flow was verified. */
export interface SipSource {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  readonly account: string | undefined;
}

/** Why a dialog ended, told once to `onEnded`. */
export interface DialogEnd {
  /** `remote-bye`, `local-bye`, `session-expired` (RFC 4028), `no-ack` (RFC 3261 13.3.1.4), `connection-lost`
   * (the flow closed and did not come back in time), `failed` (481 or 408 within the dialog). */
  readonly cause: 'remote-bye' | 'local-bye' | 'session-expired' | 'no-ack' | 'connection-lost' | 'failed';
  /** The Reason header (RFC 3326) of the BYE as it came, for the log. */
  readonly reason: string | undefined;
}

/** What the owner of a dialog is told. Every callback runs on the main thread, in order, after the dialog's state changed. */
export interface DialogHandlers {
  onEnded(end: DialogEnd): void;
  /** A re-INVITE or UPDATE with an offer: answer it. Throwing (or rejecting) answers 488. Without an offer, make one
   * (`offer` undefined): the answer then comes in the ACK, by `onAnswer`. */
  onOffer(offer: string | undefined): Promise<string>;
  /** The answer that came in an ACK to an offer of ours in a 200. */
  onAnswer(sdp: string): void;
  /** A digit by SIP INFO (application/dtmf-relay or application/dtmf). */
  onDigit(digit: string): void;
  /** REFER (blind transfer from a desk phone). True: accepted (202). Absent: 501... answered 603. */
  onRefer?(target: SipUri, replaces: string | undefined, report: ReferReport): boolean;
}

/** Tells the phone that asked for a transfer how it goes, as NOTIFY sipfrag (RFC 3515); a status from 200 up ends it.
 * Need not be called: the end of the dialog by `bye` counts as 200. */
export type ReferReport = (status: number, reason?: string) => void;

/** A confirmed dialog made by an INVITE. */
export interface SipDialog {
  readonly id: string;
  readonly remote: NameAddr;
  /** Sends BYE. Safe in every state; the second call does nothing. `onEnded` follows with `local-bye`. */
  bye(reason?: string): void;
  /** Re-INVITE with an offer of ours; resolves with the answer, rejects when refused (after the retry of RFC 3261
   * 14.1 for 491) or when the dialog ended. */
  reinvite(sdp: string): Promise<string>;
}

/** An INVITE that arrived. Exactly one of `answer`, `reject` ends it, unless `onCancelled` came first. */
export interface IncomingInvite {
  /** The SIP Call-ID. */
  readonly sipCallId: string;
  readonly requestUri: SipUri;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly source: SipSource;
  /** The SDP offer, or '' when the caller makes none (then `answer` carries our offer and `onAnswer` the answer). */
  readonly sdp: string;
  header(name: string): string | undefined;
  /** The confirmed dialog of ours this call is to take the place of (RFC 3891). The stack has checked that caller and
   * dialog belong to one account; the owner ends the old dialog after answering. */
  readonly replaces?: SipDialog | undefined;
  /** 180, or 183 with SDP. Ignored after a final response. */
  progress(code: 180 | 181 | 182 | 183, options?: { sdp?: string }): void;
  /** 200 OK. The handlers are live from here; `onAcked` of the invite handlers follows when the ACK comes. */
  answer(sdp: string, handlers: DialogHandlers): SipDialog;
  /** Final failure, 300 to 699. */
  reject(code: number, reason?: string, headers?: Readonly<Record<string, string>>): void;
  /** Called at most once, if the caller gives up before a final response: CANCEL (487 is already sent), or its
   * connection closed for good. */
  onCancelled: (cause: 'cancel' | 'connection-lost') => void;
  /** The ACK arrived. */
  onAcked: () => void;
}

/** What an agent registered, or a fixed URI. */
export interface InviteTarget {
  /** Request-URI. */
  readonly uri: string;
  /** An inbound flow (WebSocket, TCP) to reuse (RFC 5626), or undefined to resolve the URI's own address. */
  readonly flow?: string | undefined;
  /** Route values to put before the URI, such as `Binding.path`. */
  readonly route?: readonly string[];
}

export interface OutgoingInviteOptions {
  readonly target: InviteTarget;
  /** `"Li Wei" <sip:+8613...@cordboard>`; written into From and P-Asserted-Identity. */
  readonly from: { display: string; user: string };
  readonly to: string;
  readonly sdp: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly handlers: OutgoingInviteHandlers;
}

export interface OutgoingInviteHandlers {
  /** A provisional response above 100. */
  onProgress(code: number, sdp: string | undefined): void;
  /** 2xx: ACK is already sent. Extra forks that answer later are ACKed and BYEd by the stack. */
  onAnswered(dialog: SipDialog, sdp: string): void;
  /** Final failure; 408 for a timeout or an unreachable target, 487 after `cancel`. */
  onFailed(code: number, reason: string): void;
  readonly dialog: DialogHandlers;
}

export interface OutgoingInvite {
  readonly sipCallId: string;
  /** CANCEL (RFC 3261 9.1: held back until a provisional came). If a 200 crosses it, the stack ACKs and BYEs,
   * and `onFailed(487)` is told. Safe in every state. */
  cancel(reason?: string): void;
}

/** One registered contact of an address of record. */
export interface Binding {
  readonly aor: string;
  readonly contact: string;
  readonly flow: string | undefined;
  readonly transport: TransportName;
  readonly userAgent: string;
  /** `+sip.instance` when given, else the contact: the same device registering again replaces itself. */
  readonly instance: string;
  readonly expiresAt: number;
  /** Proxies between us and the contact, nearest to us first (RFC 3327); `InviteTarget.route` takes them. */
  readonly path?: readonly string[];
}

export interface RegistrarEvents {
  onRegistered(aor: string, binding: Binding, first: boolean): void;
  /** reason: `expired`, `unregistered`, `connection-lost`, `replaced` */
  onUnregistered(aor: string, binding: Binding, reason: string): void;
}

/** What the stack must ask about accounts. HA1 values are lower-case hex (RFC 7616 3.4.2). */
export interface SipAccounts {
  /** Every HA1 now valid for this user in this realm: short-lived secrets and device passwords. Undefined: no such user. */
  ha1(username: string, algorithm: 'MD5' | 'SHA-256'): readonly string[] | undefined;
}

export interface SipServerOptions {
  /** Domain and digest realm, `cordboard`. */
  readonly realm: string;
  /** Address to bind, and the one to advertise in Via and Contact. */
  readonly host: string;
  readonly advertise: string;
  readonly port: number;
  readonly tls?: { port: number; cert: string; key: string };
  readonly accounts: SipAccounts;
  /** May this source call without a password? (loopback, or listed trunks) */
  readonly trusted: (address: string) => boolean;
  readonly onInvite: (invite: IncomingInvite) => void;
  readonly registrar: RegistrarEvents;
  /** True: refuse new INVITEs with 503 and Retry-After. Asked per INVITE, cheap. */
  readonly overloaded: () => boolean;
  readonly clock: {
    now(): number;
    after(ms: number, run: () => void): { cancel(): void };
  };
  readonly random: (bytes: number) => string;
  readonly log: SipLog;
  /** Digest algorithms to offer, in this order; default SHA-256, then MD5. SIPp 3.6 gives up on a first line that is
   * not MD5; SIP.js and JsSIP need MD5 last. */
  readonly digests?: readonly ('MD5' | 'SHA-256')[];
  /** Limits per source; the defaults suit an office behind one address. */
  readonly limits?: Partial<SipLimits>;
}

/** A token bucket: `rate` a second, up to `burst` at once. */
export interface SipBucket {
  readonly rate: number;
  readonly burst: number;
}

export interface SipLimits {
  readonly messages: SipBucket;
  readonly loopback: SipBucket;
  /** Failed authentications of one account at one source (S16). */
  readonly accountFailures: SipBucket;
  /** Failed authentications of one source, whatever the accounts (S16). */
  readonly failures: SipBucket;
  /** Connections of one source, of loopback, and of all together. */
  readonly connections: number;
  readonly loopbackConnections: number;
  readonly allConnections: number;
}

export interface SipLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SipCounts {
  readonly transactions: number;
  readonly dialogs: number;
  readonly bindings: number;
  readonly connections: number;
  readonly timers: number;
}

export interface SipServer {
  /** Binds UDP and TCP (and TLS). Rejects with the listener's own error (EADDRINUSE...) */
  start(): Promise<void>;
  /** BYE to every dialog, 503 to every pending INVITE, then closes; resolves within `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** Takes the upgrades of `path` with subprotocol `sip` (RFC 7118) off an HTTP server. */
  attach(http: HttpServer, path: string): void;
  invite(options: OutgoingInviteOptions): OutgoingInvite;
  bindings(aorUser: string): readonly Binding[];
  /** Drops every binding of a user (sign-out, password revoked). */
  unregister(aorUser: string): void;
  counts(): SipCounts;
}

/** A server on real sockets. */
export interface BoundSipServer extends SipServer {
  /** The ports really bound (`port: 0` asks for any); 0 before `start` and without TLS. */
  ports(): { readonly port: number; readonly tlsPort: number };
}
