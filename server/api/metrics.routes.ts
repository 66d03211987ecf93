import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { isLoopback } from '#server/people/index.ts';
import { principalOf } from './access.ts';
import type { ApiDeps, Gateway } from './types.ts';

const PREFIX = 'cordboard_';

/** GET /healthz, GET /metrics, and the counting of every request. */
export function metricsRoutes(
  app: FastifyInstance,
  deps: ApiDeps,
  gateway: Pick<Gateway, 'socketCount'>,
): void {
  const registry = deps.registry ?? ownRegistry();
  const registers = [registry];
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    name: `${PREFIX}http_requests_total`,
    help: 'HTTP requests answered',
    labelNames,
    registers,
  });
  const seconds = new Histogram({
    name: `${PREFIX}http_request_seconds`,
    help: 'Time to answer an HTTP request',
    labelNames: ['route'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const gauges = new Map<string, Gauge>();
  const set = (name: string, help: string, value: number): void => {
    let gauge = gauges.get(name);
    if (!gauge) {
      gauge = new Gauge({ name: PREFIX + name, help, registers });
      gauges.set(name, gauge);
    }
    gauge.set(value);
  };

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'; // the pattern: a path may hold a name or a number
    requests.inc({ method: request.method, route, status: reply.statusCode });
    seconds.observe({ route }, reply.elapsedTime / 1000);
  });

  app.get('/healthz', async (_, reply) => {
    const checks = await deps.health();
    const ok = Object.values(checks).every((part) => part.ok);
    return reply
      .code(ok ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ok ? 'ok' : 'failing', checks });
  });

  app.get('/metrics', async (request, reply) => {
    if (!fromThisMachine(request, deps))
      deps.people.authorize(principalOf(deps.people, request), 'users.manage');
    set('sessions', 'Live sessions', deps.people.sessionCount());
    set('sockets', 'Desks connected', gateway.socketCount());
    for (const { name, help, value } of (await deps.collect?.()) ?? []) set(name, help, value);
    return reply
      .type(registry.contentType)
      .header('cache-control', 'no-store')
      .send(await registry.metrics());
  });
}

function ownRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** A request passed on by a proxy on this machine is not from this machine. */
function fromThisMachine(request: FastifyRequest, { behindProxy }: ApiDeps): boolean {
  const passedOn =
    request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  return isLoopback(request.ip) && (behindProxy === true || !passedOn);
}
