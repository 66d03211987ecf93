import type { Customers, MatchResult } from '#server/customers/index.ts';
import type { Pop } from '#shared/contract/interactions.ts';
import type { Interactions } from './types.ts';

const RECENT = 5;

export interface PopSources {
  readonly customers: Pick<Customers, 'match' | 'summary' | 'openCases'>;
  readonly interactions: Pick<Interactions, 'recentOf'>;
}

/**
 * What the agent sees before the first ring. Rejects when the database does not answer.
 * @param who the match made when the call arrived; or the customer an agent chose, null for none
 * @param number the caller's, as it is shown
 */
export async function buildPop(
  { customers, interactions }: PopSources,
  who: MatchResult | string | null,
  number: string,
): Promise<Pop> {
  const chosen = who === null || typeof who === 'string';
  const id = chosen ? who : who.customerId;
  const [match, customer, openCases, recent] = await Promise.all([
    chosen ? customers.match(number) : who,
    id ? customers.summary(id) : undefined,
    id ? customers.openCases(id) : [],
    id ? interactions.recentOf(id, RECENT) : [],
  ]);
  return {
    number,
    customer: customer ?? null,
    reason: chosen ? 'chosen' : match.reason,
    candidates: [...match.candidates],
    openCases: customer ? openCases : [],
    openComplaint:
      customer !== undefined && openCases.some((one) => one.kind === 'complaint' && one.status !== 'closed'),
    recent: customer ? recent : [],
  };
}
