import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Mounts } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { AgentRouting } from '#shared/model/routing.ts';
import type { People } from './types.ts';

/** What the room's endpoints work with: the service, and what they need of the rooms above. */
export interface PeopleParts {
  readonly people: People;
  /** How a browser keeps its token. */
  readonly cookies: {
    set(reply: FastifyReply, token: string, request: FastifyRequest): void;
    clear(reply: FastifyReply, request: FastifyRequest): void;
  };
  readonly takesWork: TakesWork;
  /** The phone of a user was set or removed. */
  readonly deviceChanged: (userId: string) => void;
}

/** Lets a user take work; routing does. */
export interface TakesWork {
  /** Before the user is added, so that nothing is half done. Throws `profile.unknown`, `skill.unknown`. */
  check(routing: Omit<AgentRouting, 'id'>): void;
  /** Resolves once it is stored and in force. Rejects with AppError. */
  set(userId: string, routing: Omit<AgentRouting, 'id'>, by: string): Promise<void>;
}

/** Sign-in and sign-out, what a user may ask about itself, and the administration of users. */
export function peopleRoutes(
  { people, cookies, takesWork, deviceChanged }: PeopleParts,
  { mount, mountPublic }: Mounts,
): void {
  mountPublic(endpoints.signIn, async ({ body, request, reply }) => {
    const { token, principal } = await people.signIn(body.username, body.password, request.ip);
    const sip = people.may(principal, 'work.take') ? people.sipCredentials(principal) : null;
    cookies.set(reply, token, request);
    return { token, user: principal.user, sip };
  });

  mount(endpoints.signOut, ({ principal, request, reply }) => {
    people.signOut(principal.sessionId);
    cookies.clear(reply, request);
    return {};
  });

  mount(endpoints.me, ({ principal }) => principal.user);

  mount(endpoints.myPhone, ({ principal }) => people.sipCredentials(principal));

  mount(endpoints.listUsers, () => ({ items: [...people.users()] }));

  mount(endpoints.createUser, async ({ principal, body }) => {
    const by = principal.user.id;
    const { routing, team, ...user } = body;
    if (routing) takesWork.check(routing);
    const added = await people.addUser(team ? { ...user, team } : user, by);
    if (!routing) return added;
    try {
      await takesWork.set(added.id, routing, by);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // What it names was removed while the user was being added. Users are never taken away again.
      const words = `${added.name} was added, but takes no work yet: ${error.message}`;
      throw new AppError(error.code, words, { ...error.details, user: added.id });
    }
    return added;
  });

  mount(endpoints.setDevice, async ({ principal, params, body }) => {
    const by = principal.user.id;
    if (body.uri !== undefined) await people.setFixedUri(params.id, body.uri, by);
    if (body.password !== undefined) await people.setDevicePassword(params.id, body.password, by);
    deviceChanged(params.id);
    return {};
  });
}
