import type { Ids } from '../ids.ts';
import type { Timers } from '../timers.ts';
import type { TransactionLayer } from '../transaction/index.ts';
import type { Flow, Transports } from '../transport/index.ts';
import type { SipLog } from '../types.ts';
import type { Dialog } from './dialog.ts';
import type { Limbo } from './limbo.ts';

/** What every dialog works with. */
export interface DialogCore {
  readonly realm: string;
  readonly log: SipLog;
  readonly ids: Ids;
  readonly timers: Timers;
  readonly layer: TransactionLayer;
  readonly transports: Transports;
  readonly dialogs: Map<string, Dialog>;
  readonly limbo: Limbo;
  /** `Contact: <...>` line of ours for a transport. */
  contactLine(transport: Flow['transport']): string;
  /** The phones registered over a flow. */
  phonesOn(flow: Flow): readonly string[];
  /** Whose phone registered this contact over this flow. */
  accountAt(flow: Flow, contact: string): string | undefined;
}

export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, REGISTER';
export const ALLOW_LINE = `Allow: ${ALLOW}\r\n`;
export const SUPPORTED_LINE = 'Supported: timer, replaces\r\n';
export const AGENT_LINE = 'User-Agent: Cordboard\r\n';
export const SDP_LINE = 'Content-Type: application/sdp\r\n';
/** How long a confirmed dialog waits for its peer after the connection closed, in ms. */
export const LIMBO_MS = 32_000;

export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}
