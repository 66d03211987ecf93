import { endpoints } from '#shared/contract/endpoints.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { Mounts } from './mount.ts';
import type { ApiDeps } from './types.ts';

export function userRoutes({ mount }: Mounts, { people, routing, serve, deviceChanged }: ApiDeps): void {
  mount(endpoints.listUsers, () => ({ items: [...people.users()] }));

  mount(endpoints.createUser, async ({ body }) => {
    const { queues, team, ...user } = body;
    const unknown = queues.find((id) => !routing.queueSettings(id));
    if (unknown) throw new AppError('queue.unknown', 'There is no such queue.', { queue: unknown });
    const added = await people.addUser(team ? { ...user, team } : user);
    if (user.roles.includes('agent')) serve(added.id, queues);
    return added;
  });

  mount(endpoints.setDevice, ({ params, body }) => {
    if (body.uri !== undefined) people.setFixedUri(params.id, body.uri);
    if (body.password !== undefined) people.setDevicePassword(params.id, body.password);
    deviceChanged(params.id);
    return {};
  });
}
