import type { Flow } from './transport/index.ts';
import { type SipRequest, topVia } from './wire/index.ts';

/** True when a request comes from behind an address translator: its sent-by is another address than its source. */
export function behindNat(request: SipRequest, flow: Flow): boolean {
  const via = topVia(request);
  if (via === undefined || flow.reliable) return false;
  const host = via.host.replace(/^\[|\]$/g, '');
  return /^[\d.]+$|:/.test(host) && host !== flow.address;
}
