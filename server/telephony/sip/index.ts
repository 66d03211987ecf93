import { CordboardSipServer } from './server.ts';
import type { BoundSipServer, SipServerOptions } from './types.ts';

export { SipRequestError } from './errors.ts';
export { ha1 } from './registrar/digest.core.ts';
export type * from './types.ts';
export { parseNameAddr } from './wire/address.ts';
export { SipParseError } from './wire/message.ts';
export { formatUri, parseUri } from './wire/uri.ts';

/** Makes a SIP server; nothing is bound before `start()`. */
export function createSipServer(options: SipServerOptions): BoundSipServer {
  return new CordboardSipServer(options);
}
