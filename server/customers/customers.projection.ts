import type { Database } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts.ts';
import { customersStore } from './customers.store.ts';

/** Keeps the time of each customer's last contact, from the facts that tie an interaction to a customer. */
export function customersProjection(db: Database): (fact: Recorded) => void {
  const store = customersStore(db);
  return (fact) => {
    if (fact.type !== 'interaction.opened' && fact.type !== 'interaction.matched') return;
    if (fact.customerId) store.touch(fact.customerId, fact.at);
  };
}
