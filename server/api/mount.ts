import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { People, Principal } from '#server/people/index.ts';
import type { Endpoint } from '#shared/contract/endpoints.ts';
import { principalOf, refuseForeignWrite } from './access.ts';
import { parseInput, parseOutput } from './problems.ts';

/** What a handler is given, parsed. */
export interface Call<E extends Endpoint> {
  readonly params: z.output<E['params']>;
  readonly query: z.output<E['query']>;
  readonly body: z.output<E['body']>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
export interface SignedInCall<E extends Endpoint> extends Call<E> {
  readonly principal: Principal;
}
type Result<E extends Endpoint> = z.input<E['response']> | Promise<z.input<E['response']>>;

export interface Mounts {
  /** Mounts an endpoint for signed-in users with its permission. */
  mount<E extends Endpoint>(endpoint: E, handler: (call: SignedInCall<E>) => Result<E>): void;
  /** Mounts an endpoint for anybody. */
  mountPublic<E extends Endpoint>(endpoint: E, handler: (call: Call<E>) => Result<E>): void;
}

/**
 * The way every endpoint of the contract goes, in this order:
 *
 *     foreign page? -> session -> permission -> params, query, body parsed -> handler -> answer parsed -> JSON
 *
 * Anything thrown on the way becomes a problem in the error handler.
 */
export function createMounts(app: FastifyInstance, people: People): Mounts {
  function route<E extends Endpoint, C extends Call<E>>(
    endpoint: E,
    admit: (request: FastifyRequest) => Omit<C, keyof Call<E>>,
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
        } as C; // C is Call<E> and what `admit` adds
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
    mountPublic<E extends Endpoint>(endpoint: E, handler: (call: Call<E>) => Result<E>) {
      if (endpoint.permission !== 'public') throw new Error(`${endpoint.path} is not public`);
      route<E, Call<E>>(endpoint, () => ({}), handler);
    },
  };
}
