import { type Op, type Params, type Projection, statements } from '#server/kernel/index.ts';
import type { CustomersTables } from './schema.ts';

const NONE: readonly Op[] = [];
const sql = statements<CustomersTables>();
/** Never goes back: facts of the past may be imported behind later ones. */
const touch = sql((q, p: Params<{ customer: string; at: number }>) =>
  q
    .insertInto('customer_contact')
    .values({ customer_id: p('customer'), last_at: p('at') })
    .onConflict((conflict) =>
      conflict
        .column('customer_id')
        .doUpdateSet((e) => ({ last_at: e.ref('excluded.last_at') }))
        .whereRef('customer_contact.last_at', '<', 'excluded.last_at'),
    ),
);

/** The time of each customer's last contact, from the facts that tie an interaction to a customer. */
const lastContact: Projection = {
  tables: ['customer_contact'],
  project: (fact) =>
    (fact.type === 'interaction.opened' || fact.type === 'interaction.matched') && fact.customerId
      ? [touch({ customer: fact.customerId, at: fact.at })]
      : NONE,
};

export const customersProjections: readonly Projection[] = [lastContact];
