import type { FastifyRequest } from 'fastify';
import { endpoints } from '#shared/contract/endpoints.ts';
import { AppError } from '#shared/contract/errors.ts';
import { clearSessionCookie, setSessionCookie } from './access.ts';
import type { Mounts } from './mount.ts';
import type { ApiDeps } from './types.ts';

/** Sign-in, sign-out, and what a user may ask about and set for itself. */
export function sessionRoutes({ mount, mountPublic }: Mounts, deps: ApiDeps): void {
  const { people, routing } = deps;
  const secure = (request: FastifyRequest): boolean =>
    deps.behindProxy === true || request.protocol === 'https';

  mountPublic(endpoints.signIn, async ({ body, request, reply }) => {
    const { token, principal } = await people.signIn(body.username, body.password, request.ip);
    const sip = people.may(principal, 'work.take') ? people.sipCredentials(principal) : null;
    setSessionCookie(reply, token, secure(request));
    return { token, user: principal.user, sip };
  });

  mount(endpoints.signOut, ({ principal, request, reply }) => {
    people.signOut(principal.sessionId);
    clearSessionCookie(reply, secure(request));
    return {};
  });

  mount(endpoints.me, ({ principal }) => principal.user);

  mount(endpoints.myPhone, ({ principal }) => people.sipCredentials(principal));

  mount(endpoints.setPresence, ({ principal, body }) => {
    const { id } = principal.user;
    if (!routing.agent(id)) throw new AppError('presence.illegal', 'You do not serve any queue.');
    const reason = body.presence === 'not-ready' ? body.reason : undefined;
    const applied = routing.setPresence(id, body.presence, reason);
    return { presence: body.presence, reason: reason ?? null, applied };
  });

  mount(endpoints.lists, () => deps.lists());

  mount(endpoints.board, () => deps.board());

  mountPublic(endpoints.callPage, () => deps.numbers());
}
