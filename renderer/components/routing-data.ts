import { useQuery, useQueryClient } from '@tanstack/react-query';
import i18next from 'i18next';
import { z } from 'zod';
import { endpoints } from '#shared/contract/index.ts';
import type { AgentRouting } from '#shared/model/routing.ts';
import { call, ProblemError, problemCode } from '../stores/api.ts';
import { ask } from '../stores/questions.ts';
import { onto } from './agent-changes.core.ts';

export type RoutingData = z.output<typeof endpoints.routing.response>;

/** Everything set for routing; somebody else's changes show up within seconds. */
export function useRouting(enabled = true) {
  return useQuery({
    queryKey: ['routing'],
    queryFn: () => call(endpoints.routing),
    refetchInterval: 10_000,
    enabled,
  });
}

/** After a change: resolves when what is on screen is the server's again. */
export function useRoutingChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['routing'] }),
      queries.invalidateQueries({ queryKey: ['lists'] }),
      queries.invalidateQueries({ queryKey: ['work'] }),
    ]);
  };
}

/**
 * Makes a change that the server may refuse because it would strand waiting work; the person may insist. False: the
 * person did not. Throws every other problem.
 */
export async function insisting(change: (force: boolean) => Promise<unknown>): Promise<boolean> {
  try {
    await change(false);
    return true;
  } catch (error) {
    if (problemCode(error) !== 'routing.strands-work') throw error;
    const queues = namesIn(error).join(', ');
    const yes = await ask({
      title: i18next.t('admin.forceTitle'),
      text: queues === '' ? i18next.t('admin.forceTextPlain') : i18next.t('admin.forceText', { queues }),
      yes: i18next.t('admin.forceYes'),
      no: i18next.t('common.cancel'),
      danger: true,
    });
    if (yes) await change(true);
    return yes;
  }
}

/** The names of what stands in the way of a change. */
export function namesIn(error: unknown): string[] {
  const { data } = z
    .object({ names: z.array(z.string()) })
    .safeParse(error instanceof ProblemError ? error.details : {});
  return data?.names ?? [];
}

/** Saves what was changed, and nothing else, of an agent that was `base` when the change began. */
export async function saveAgent(
  draft: AgentRouting,
  base: AgentRouting,
  force: boolean,
): Promise<AgentRouting> {
  const { agents } = await call(endpoints.routing);
  const latest = agents.find((agent) => agent.id === draft.id) ?? base;
  const { id, ...body } = onto(latest, base, draft);
  const query = force ? { query: { force: 'true' } } : {};
  return call(endpoints.setAgentRouting, { params: { id }, body, ...query });
}
