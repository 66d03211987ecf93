import type { FastifyReply, FastifyRequest } from 'fastify';
import type { People, Principal } from '#server/people/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { sameOrigin } from './origin.core.ts';

export const SESSION_COOKIE = 'cordboard_session';

/** The token in an Authorization header, or undefined. */
export const bearerOf = (header: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];

/** Who asks. Throws `session.required`, or `session.expired` for a token that is no longer (or never was) good. */
export function principalOf(people: People, request: FastifyRequest): Principal {
  const token = bearerOf(request.headers.authorization) ?? request.cookies[SESSION_COOKIE];
  if (!token) throw new AppError('session.required', 'Sign in first.');
  const principal = people.session(token);
  if (!principal) throw new AppError('session.expired', 'Your session has ended; sign in again.');
  return principal;
}

/**
 * Refuses a write that another site's page sent in the user's name. A Bearer token proves itself: no browser adds it.
 * Throws `forbidden`.
 */
export function refuseForeignWrite(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (bearerOf(request.headers.authorization) !== undefined) return;
  if (!sameOrigin(request.headers, request.host))
    throw new AppError('forbidden', 'This request came from another site.');
}

/**
 * How a browser keeps its token: not readable by scripts, never sent along by other sites, for as long as the browser
 * lives. Secure behind TLS.
 */
export function sessionCookies(behindProxy: boolean) {
  const options = (request: FastifyRequest) =>
    ({
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: behindProxy || request.protocol === 'https',
    }) as const;
  return {
    set: (reply: FastifyReply, token: string, request: FastifyRequest): void =>
      void reply.setCookie(SESSION_COOKIE, token, options(request)),
    clear: (reply: FastifyReply, request: FastifyRequest): void =>
      void reply.clearCookie(SESSION_COOKIE, options(request)),
  };
}
