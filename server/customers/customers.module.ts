import type { Room } from '#server/kernel/index.ts';
import { customerPermissions } from '#shared/contract/customers.ts';
import { customersFacts } from '#shared/model/facts/index.ts';
import { customersProjections } from './customers.projection.ts';
import { customersRoutes } from './customers.routes.ts';
import { deriveText, TEXT_TABLE } from './customers.text.ts';
import { customersMigrations } from './schema.ts';
import type { Customers } from './types.ts';

export const customersRoom: Room<Customers> = {
  name: 'customers',
  facts: customersFacts,
  permissions: customerPermissions,
  migrations: customersMigrations,
  projections: customersProjections,
  derived: [TEXT_TABLE],
  derive: deriveText,
  routes: customersRoutes,
};
