import type { Customers, MatchResult } from '#server/customers/index.ts';
import type { Pop } from '#shared/contract/views.ts';
import type { Interactions } from './types.ts';

const RECENT = 5;

export interface PopSources {
  readonly customers: Pick<Customers, 'match' | 'summary' | 'openCases'>;
  readonly interactions: Pick<Interactions, 'recentOf'>;
}

/**
 * What the agent sees before the first ring.
 * @param who the match made when the call arrived; or the customer an agent chose, null for none
 * @param number the caller's, as it is shown
 */
export function buildPop(sources: PopSources, who: MatchResult | string | null, number: string): Pop {
  const chosen = who === null || typeof who === 'string';
  const match = chosen ? sources.customers.match(number) : who;
  const id = chosen ? who : match.customerId;
  const customer = (id && sources.customers.summary(id)) || null;
  const openCases = customer ? sources.customers.openCases(customer.id) : [];
  return {
    number,
    customer,
    reason: chosen ? 'chosen' : match.reason,
    candidates: [...match.candidates],
    openCases,
    openComplaint: openCases.some((one) => one.kind === 'complaint' && one.status !== 'closed'),
    recent: customer ? sources.interactions.recentOf(customer.id, RECENT) : [],
  };
}
