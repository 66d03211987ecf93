import type { Ids } from '../ids.ts';
import type { Timers } from '../timers.ts';
import type { TransactionLayer } from '../transaction/index.ts';
import type { Flow, Transports } from '../transport/index.ts';
import type { SipLog } from '../types.ts';
import type { Limbo } from './limbo.ts';

/** What every call and dialog works with. */
export interface DialogContext {
  readonly realm: string;
  readonly log: SipLog;
  readonly ids: Ids;
  readonly timers: Timers;
  readonly layer: TransactionLayer;
  readonly transports: Transports;
  readonly limbo: Limbo;
  /** `Contact: <...>` line of ours for a transport. */
  contactLine(transport: Flow['transport']): string;
  /** The phones registered over a flow. */
  phonesOn(flow: Flow): readonly string[];
  /** Whose phone registered this contact over this flow. */
  accountAt(flow: Flow, contact: string): string | undefined;
}

export type DialogState = 'early' | 'confirmed' | 'ended';
