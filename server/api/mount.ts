import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Mounts, PublicCall, SignedInCall } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import type { Endpoint } from '#shared/contract/index.ts';
import { principalOf, refuseForeignWrite } from './access.ts';
import { fileRoute } from './files.ts';
import { parseInput, parseOutput } from './problems.ts';

type Result<E extends Endpoint> = z.input<E['response']> | Promise<z.input<E['response']>>;

/**
 * The way every endpoint of the contract goes, in this order:
 *
 *     foreign page? -> session -> permission -> params, query, body parsed -> handler -> answer parsed -> JSON
 *
 * Anything thrown on the way becomes a problem in the error handler.
 */
export function createMounts(app: FastifyInstance, people: People): Mounts {
  function route<E extends Endpoint, C extends PublicCall<E>>(
    endpoint: E,
    admit: (request: FastifyRequest) => Omit<C, keyof PublicCall<E>>,
    handler: (call: C) => Result<E>,
  ): void {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      onRequest: async (request) => refuseForeignWrite(request), // before the body is read
      handler: async (request, reply) => {
        const admitted = admit(request);
        const call = {
          ...admitted,
          params: parseInput(endpoint.params, request.params),
          query: parseInput(endpoint.query, request.query),
          body: parseInput(endpoint.body, request.body ?? {}),
          request,
          reply,
        } as C; // C is PublicCall<E> and what `admit` adds
        const answer = await handler(call);
        reply.header('cache-control', 'no-store');
        return parseOutput(endpoint.response, answer, `${endpoint.method} ${endpoint.path}`);
      },
    });
  }

  return {
    mount<E extends Endpoint>(endpoint: E, handler: (call: SignedInCall<E>) => Result<E>) {
      const { permission } = endpoint;
      if (permission === 'public') throw new Error(`${endpoint.path} is public`);
      const admit = (request: FastifyRequest) => {
        const principal = principalOf(people, request);
        people.authorize(principal, permission);
        return { principal };
      };
      route<E, SignedInCall<E>>(endpoint, admit, handler);
    },
    mountPublic<E extends Endpoint>(endpoint: E, handler: (call: PublicCall<E>) => Result<E>) {
      if (endpoint.permission !== 'public') throw new Error(`${endpoint.path} is not public`);
      route<E, PublicCall<E>>(endpoint, () => ({}), handler);
    },
    mountFile: (file) => fileRoute(app, people, file),
  };
}
