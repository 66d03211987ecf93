import { endpoints } from '#shared/contract/endpoints.ts';
import type { ContactPoint } from '#shared/contract/views.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import type { Mounts } from './mount.ts';
import type { ApiDeps } from './types.ts';

export function customerRoutes({ mount }: Mounts, { customers }: ApiDeps): void {
  mount(endpoints.listCustomers, ({ query }) => customers.search(query.search, query.limit, query.cursor));

  mount(endpoints.getCustomer, ({ params }) => customers.detail(params.id));

  mount(endpoints.createCustomer, ({ body }) => {
    const points: ContactPoint[] = [];
    if (body.phone) points.push({ kind: 'phone', value: normalizeNumber(body.phone), label: 'main' });
    if (body.email) points.push({ kind: 'email', value: body.email.toLowerCase(), label: 'main' });
    return customers.create({ name: body.name, points });
  });
}
