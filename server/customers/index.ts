export { customersRoom } from './customers.module.ts';
export { customersProjections } from './customers.projection.ts';
export { type CustomersOptions, createCustomers } from './customers.service.ts';
export { customersStore, type NewAccount, type NewCase, type NewCustomer } from './customers.store.ts';
export { customersMigrations } from './schema.ts';
export {
  type IndexedText,
  indexed,
  indexText,
  matchesTerms,
  parseSearch,
  type Term,
} from './search-text.core.ts';
export { deleteText, holds, insertText, textQuery, textTable } from './text-search.ts';
export type { Customers, MatchResult } from './types.ts';
