import type { ContactPoint, CustomerDetail, CustomerSummary, Pop } from '#shared/contract/views.ts';

export interface MatchResult {
  /** The one to show; undefined when none or several match. */
  readonly customerId: string | undefined;
  readonly reason: 'one-match' | 'several-matches' | 'no-match' | 'anonymous';
  /** Ranked, best first, at most nine: open case, then tier, then last contact. */
  readonly candidates: readonly CustomerSummary[];
}

export interface Customers {
  /** Finds who calls from this number, in well under a millisecond however many customers there are. Never throws. */
  match(number: string): MatchResult;
  summary(id: string): CustomerSummary | undefined;
  /** Throws `not-found`. */
  detail(id: string): CustomerDetail;
  openCases(customerId: string): Pop['openCases'];
  search(text: string, limit: number, cursor?: string): { items: CustomerSummary[]; next: string | null };
  create(customer: { name: string; points: readonly ContactPoint[] }): CustomerDetail;
}
