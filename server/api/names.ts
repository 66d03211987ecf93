import { AppError } from '#shared/contract/errors.ts';
import type { ApiDeps } from './types.ts';

type Named = Pick<ApiDeps, 'people' | 'routing' | 'flows'>;

/** The same refusal, with the names of what its details speak of: people know things by name. */
export function withNames(error: unknown, { people, routing, flows = () => [] }: Named): unknown {
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
