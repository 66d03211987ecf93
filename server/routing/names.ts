import { AppError } from '#shared/contract/app-error.ts';
import type { RoutingParts } from './routing.routes.ts';

/** The same refusal, with the names of what its details speak of: people know things by name. */
export function withNames(
  error: unknown,
  { people, routing, flows }: Pick<RoutingParts, 'people' | 'routing' | 'flows'>,
): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code !== 'routing.in-use' && error.code !== 'routing.strands-work') return error;
  const nameOf: Readonly<Record<string, (id: string) => string | undefined>> = {
    queues: (id) => routing.queueSettings(id)?.name,
    agents: (id) => people.user(id)?.name,
    flows: (id) => flows().find((flow) => flow.id === id)?.name,
  };
  const names = Object.entries(error.details).flatMap(([kind, ids]) =>
    [ids].flat().flatMap((id) => (typeof id === 'string' ? (nameOf[kind]?.(id) ?? id) : [])),
  );
  return new AppError(error.code, error.message, { ...error.details, names });
}
