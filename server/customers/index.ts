export { customersProjection } from './customers.projection.ts';
export { type CustomersOptions, createCustomers } from './customers.service.ts';
export { type CustomersStore, customersStore, type NewCase, type NewCustomer } from './customers.store.ts';
export { customersMigrations } from './schema.ts';
export { ftsQuery, indexText, matchesTerms, parseSearch, type Term } from './search-text.core.ts';
export type { Customers, MatchResult } from './types.ts';
