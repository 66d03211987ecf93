import { endpoints } from '#shared/contract/endpoints.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { AgentRouting } from '#shared/model/routing.ts';
import { recordChange } from './changes.ts';
import type { Mounts } from './mount.ts';
import type { ApiDeps } from './types.ts';

export function userRoutes({ mount }: Mounts, { kernel, people, routing, deviceChanged }: ApiDeps): void {
  mount(endpoints.listUsers, () => ({ items: [...people.users()] }));

  mount(endpoints.createUser, async ({ principal, body }) => {
    const { routing: takes, team, ...user } = body;
    if (takes) checkRouting(takes);
    const added = await people.addUser(team ? { ...user, team } : user);
    if (takes) {
      try {
        routing.setAgent({ id: added.id, ...takes });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        // What it names was removed while the password was being hashed. Users are never taken away again.
        const words = `${added.name} was added, but takes no work yet: ${error.message}`;
        throw new AppError(error.code, words, { ...error.details, user: added.id });
      }
      recordChange(kernel, principal, 'agent', added.id, 'set');
    }
    return added;
  });

  mount(endpoints.setDevice, ({ params, body }) => {
    if (body.uri !== undefined) people.setFixedUri(params.id, body.uri);
    if (body.password !== undefined) people.setDevicePassword(params.id, body.password);
    deviceChanged(params.id);
    return {};
  });

  /** Before the user is added, so that nothing is half done. Throws `profile.unknown`, `skill.unknown`. */
  function checkRouting({ profileId, skills }: Omit<AgentRouting, 'id'>): void {
    if (!routing.profiles().some(({ id }) => id === profileId))
      throw new AppError('profile.unknown', 'There is no such routing profile.', { profile: profileId });
    const unknown = Object.keys(skills).find((skill) => !routing.skills().some(({ id }) => id === skill));
    if (unknown !== undefined)
      throw new AppError('skill.unknown', 'There is no such skill.', { skill: unknown });
  }
}
