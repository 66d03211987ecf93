import cookie from '@fastify/cookie';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { Buckets, isLoopback, sourceKey } from '#server/people/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { SESSION_COOKIE } from './access.ts';
import { desktopRoutes } from './desktop.routes.ts';
import { docsRoutes } from './docs.routes.ts';
import { createGateway } from './gateway.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { metricsRoutes } from './metrics.routes.ts';
import { createMounts } from './mount.ts';
import { toFailure } from './problems.ts';
import type { ApiDeps, ApiServer } from './types.ts';
import { watchUpgrades } from './upgrades.ts';

export const BODY_LIMIT = 256 * 1024;

/** A whole shift may sit behind one address, and each desk loads a few dozen files. */
const PER_SOURCE = { burst: 2000, perSecond: 200 };
const PER_LOOPBACK = { burst: 20_000, perSecond: 5000 };

/** Builds the HTTP side of the server: REST, files, sockets. The caller makes `app` listen. */
export async function createApi(deps: ApiDeps): Promise<ApiServer> {
  const app: FastifyInstance = Fastify({
    bodyLimit: BODY_LIMIT,
    trustProxy: deps.behindProxy ? (_, hop) => hop === 0 : false, // our own proxy, not who wrote headers before it
    forceCloseConnections: true,
    requestTimeout: 60_000,
    // Not by Fastify itself, which would log paths: they may hold names and numbers.
    logger: false,
    frameworkErrors: (error, _, reply) => sendProblem(reply as unknown as FastifyReply, error),
  });

  await app.register(cookie);
  jsonBodiesOnly(app);
  answerProblems(app, deps);
  limitRate(app, deps);
  app.addHook('onRequest', async (_, reply) => void reply.headers(SECURITY_HEADERS));

  const upgrades = watchUpgrades(app.server);
  const gateway = createGateway(deps, {
    http: app.server,
    behindProxy: deps.behindProxy === true,
    tokenOf: (header) => app.parseCookie(header)[SESSION_COOKIE],
  });

  metricsRoutes(app, deps, gateway);
  const mounts = createMounts(app, deps.people);
  for (const hang of deps.routes) hang(mounts);
  await app.register((scope) => docsRoutes(scope, deps.version));
  await app.register((scope) => desktopRoutes(scope, deps.rendererDir));
  await app.ready();

  let closing: Promise<void> | undefined;
  return {
    app,
    http: app.server,
    gateway,
    close() {
      closing ??= (async () => {
        gateway.close();
        upgrades.close();
        await app.close();
      })();
      return closing;
    },
  };
}

/** An empty body is no body, also when the client says it would be JSON. */
function jsonBodiesOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else
      void parse(request, body.toString(), (error, value) => {
        if (error) done(new AppError('bad-request', 'The body is not valid JSON.'));
        else done(null, value);
      });
  });
}

function answerProblems(app: FastifyInstance, { kernel }: ApiDeps): void {
  app.setErrorHandler((error, request, reply) => {
    const { bug } = toFailure(error);
    const { method, routeOptions } = request;
    if (bug) kernel.log.error({ err: error, method, route: routeOptions.url }, 'request failed');
    return sendProblem(reply, error);
  });
  app.setNotFoundHandler((request, reply) => {
    if (request.url.split(/[/?]/, 2)[1] === 'api')
      return sendProblem(reply, new AppError('not-found', 'There is nothing here: no such method and path.'));
    return reply.code(404).type('text/plain; charset=utf-8').send('There is nothing here.\n');
  });
}

function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const { status, problem } = toFailure(error);
  const wait = problem.details?.retryAfterMs;
  if (typeof wait === 'number') reply.header('retry-after', Math.ceil(wait / 1000));
  return reply
    .code(status)
    .headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' })
    .type('application/json; charset=utf-8')
    .send(problem);
}

function limitRate(app: FastifyInstance, { kernel }: ApiDeps): void {
  const others = new Buckets(PER_SOURCE);
  const loopback = new Buckets(PER_LOOPBACK);
  app.addHook('onRequest', async ({ ip }) => {
    const buckets = isLoopback(ip) ? loopback : others;
    const key = sourceKey(ip);
    const now = kernel.clock.now();
    if (!buckets.take(key, now))
      throw new AppError('too-many', 'Too many requests; wait a moment.', {
        retryAfterMs: buckets.waitMs(key, now),
      });
  });
}
