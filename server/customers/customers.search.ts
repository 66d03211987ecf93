import { AppError } from '#shared/contract/app-error.ts';
import type { CustomerSummary } from '#shared/contract/customers.ts';
import type { CustomersQueries, Listed } from './customers.queries.ts';
import { fold, parseSearch } from './search-text.core.ts';

type Stage = 'named' | 'holding';

/**
 * One page of a search: first the names that begin with what was typed, in their order, then whatever else holds it.
 * The cursor is the stage and the last customer shown. Rejects with `bad-request` for a cursor that is none.
 */
export async function searchCustomers(
  read: CustomersQueries,
  text: string,
  limit: number,
  cursor?: string,
): Promise<{ items: CustomerSummary[]; next: string | null }> {
  const key = fold(text);
  const terms = parseSearch(text);
  const place = cursor === undefined ? { stage: 'named' as Stage, after: undefined } : readCursor(cursor);
  const wanted = limit + 1;
  const found: (Listed & { stage: Stage })[] = [];
  if (place.stage === 'named')
    for (const row of await read.named(key, place.after, wanted)) found.push({ ...row, stage: 'named' });
  if (found.length < wanted && terms.length > 0) {
    const after = place.stage === 'holding' ? (place.after ?? 0) : 0;
    for (const row of await read.holding(terms, key, after, wanted - found.length))
      found.push({ ...row, stage: 'holding' });
  }
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => row.summary),
    next: found.length > limit && last ? `${last.stage === 'named' ? 'a' : 'b'}${last.n.toString(36)}` : null,
  };
}

function readCursor(cursor: string): { stage: Stage; after: number } {
  const parts = /^([ab])([0-9a-z]{1,10})$/.exec(cursor);
  if (!parts) throw new AppError('bad-request', 'This page of the list cannot be found: start again.');
  return { stage: parts[1] === 'a' ? 'named' : 'holding', after: Number.parseInt(parts[2] ?? '', 36) };
}
