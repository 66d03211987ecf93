import type { Mounts } from '#server/kernel/index.ts';
import type { ContactPoint } from '#shared/contract/customers.ts';
import { endpoints } from '#shared/contract/index.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import type { Customers } from './types.ts';

export function customersRoutes(customers: Customers, { mount }: Mounts): void {
  mount(endpoints.listCustomers, ({ query }) => customers.search(query.search, query.limit, query.cursor));

  mount(endpoints.getCustomer, ({ params }) => customers.detail(params.id));

  mount(endpoints.createCustomer, ({ principal, body }) => {
    const points: ContactPoint[] = [];
    if (body.phone) points.push({ kind: 'phone', value: normalizeNumber(body.phone), label: 'main' });
    if (body.email) points.push({ kind: 'email', value: body.email.toLowerCase(), label: 'main' });
    return customers.create({ name: body.name, points }, principal.user.id);
  });
}
