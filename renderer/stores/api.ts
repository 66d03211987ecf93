import type { z } from 'zod';
import type { Endpoint } from '#shared/contract/index.ts';
import { problemSchema } from '#shared/contract/kit.ts';

/** An expected failure, with the code people quote. The words they read are `errors.<code>` of the language files. */
export class ProblemError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'ProblemError';
    this.code = code;
    this.details = details;
  }
}

export const problemCode = (error: unknown): string =>
  error instanceof ProblemError ? error.code : 'internal';

/** Told whenever the server answers that nobody is signed in (any more). */
type SessionListener = (code: string) => void;
let onSessionLost: SessionListener = () => {};
export function whenSessionLost(listener: SessionListener): void {
  onSessionLost = listener;
}

type Input<E extends Endpoint> = {
  params?: z.input<E['params']>;
  query?: z.input<E['query']>;
  body?: z.input<E['body']>;
  signal?: AbortSignal;
};

/**
 * Calls one endpoint of the contract; the session travels in its cookie. Throws ProblemError: the server's own
 * code, `network` when it cannot be reached, or `internal` for an answer that breaks the contract.
 */
export async function call<E extends Endpoint>(
  endpoint: E,
  input: Input<E> = {},
): Promise<z.output<E['response']>> {
  const url = address(endpoint.path, (input.params ?? {}) as object, (input.query ?? {}) as object);
  let response: Response;
  try {
    response = await fetch(url, {
      method: endpoint.method,
      credentials: 'same-origin',
      headers: input.body === undefined ? {} : { 'content-type': 'application/json' },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ProblemError('network', 'The server cannot be reached');
  }
  const json: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(response.status, json);
  const parsed = endpoint.response.safeParse(json ?? {});
  if (!parsed.success) throw new ProblemError('internal', `${endpoint.path}: ${parsed.error.message}`);
  return parsed.data as z.output<E['response']>;
}

function problemOf(status: number, json: unknown): ProblemError {
  const problem = problemSchema.safeParse(json);
  if (!problem.success) return new ProblemError(status >= 502 ? 'network' : 'internal', `HTTP ${status}`);
  const { code, message, details } = problem.data;
  if (code === 'session.required' || code === 'session.expired') onSessionLost(code);
  return new ProblemError(code, message, details ?? {});
}

function address(path: string, params: object, query: object): string {
  const values = new Map<string, unknown>(Object.entries(params));
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}
