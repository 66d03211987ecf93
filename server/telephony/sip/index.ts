import { CordboardSipServer } from './server.ts';
import type { BoundSipServer, SipServerOptions } from './types.ts';

export type * from './types.ts';

/** Makes a SIP server; nothing is bound before `start()`. */
export function createSipServer(options: SipServerOptions): BoundSipServer {
  return new CordboardSipServer(options);
}
