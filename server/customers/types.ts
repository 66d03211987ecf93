import type { ContactPoint, CustomerDetail, CustomerSummary } from '#shared/contract/customers.ts';
import type { Pop } from '#shared/contract/interactions.ts';

export interface MatchResult {
  /** The one to show; undefined when none or several match. */
  readonly customerId: string | undefined;
  readonly reason: 'one-match' | 'several-matches' | 'no-match' | 'anonymous';
  /** Ranked, best first, at most nine: open case, then tier, then last contact. */
  readonly candidates: readonly CustomerSummary[];
}

/** Everything but `match` rejects with `DatabaseUnavailable` while the database does not answer. */
export interface Customers {
  /**
   * Finds who calls from this number: a look-up in an index, however many customers there are. Never rejects: where the
   * database does not answer, nobody matches.
   */
  match(number: string): Promise<MatchResult>;
  summary(id: string): Promise<CustomerSummary | undefined>;
  /** Those of these ids that there are. */
  summaries(ids: readonly string[]): Promise<ReadonlyMap<string, CustomerSummary>>;
  /** Rejects with `not-found`. */
  detail(id: string): Promise<CustomerDetail>;
  openCases(customerId: string): Promise<Pop['openCases']>;
  /** Rejects with `bad-request` for a cursor that is none. */
  search(
    text: string,
    limit: number,
    cursor?: string,
  ): Promise<{ items: CustomerSummary[]; next: string | null }>;
  /** Resolves once it is stored. Rejects with `bad-request` in words. */
  create(customer: { name: string; points: readonly ContactPoint[] }, by?: string): Promise<CustomerDetail>;
}
