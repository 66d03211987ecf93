import type { z } from 'zod';
import type { CommandTable, Mounts, Principal } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { RoutingParts } from './routing.routes.ts';

type WorkList = z.input<(typeof endpoints.listWork)['response']>;

/** Every agent's desk asks every few seconds, and explaining what waits costs the work times its agents. */
const SHARED_MS = 1_000;

/**
 * One's own presence, and the work list: what waits in one's own queues; for whoever oversees the centre and serves
 * none, in all. Who oversees the centre sees what is so now, the effect of a move at once; agents of the same queues
 * share a list for a second.
 */
export function workRoutes({ clock, people, routing, work }: RoutingParts, { mount }: Mounts): void {
  const shared = new Map<string, { readonly madeAt: number; readonly list: Promise<WorkList> }>();

  function queuesFor(principal: Principal, asked: string | undefined): readonly string[] {
    const own = (routing.agent(principal.user.id)?.queues ?? []).map(({ queueId }) => queueId);
    const all = routing.queues().map(({ id }) => id);
    if (asked === undefined) return own.length === 0 && people.may(principal, 'board.read') ? all : own;
    if (!all.includes(asked)) throw new AppError('queue.unknown', 'There is no such queue.', { id: asked });
    if (!own.includes(asked)) people.authorize(principal, 'board.read');
    return [asked];
  }

  async function list(queueIds: readonly string[], limit: number): Promise<WorkList> {
    const now = clock.now();
    return { now, items: [...(await work(queueIds, limit))] };
  }

  function sharedList(queueIds: readonly string[], limit: number): Promise<WorkList> {
    const now = clock.now();
    for (const [key, { madeAt }] of shared) if (madeAt > now || now - madeAt >= SHARED_MS) shared.delete(key);
    const key = [limit, ...queueIds].join(' ');
    const made = shared.get(key);
    if (made) return made.list;
    const fresh = list(queueIds, limit);
    shared.set(key, { madeAt: now, list: fresh });
    fresh.catch(() => shared.delete(key)); // the next who asks tries again
    return fresh;
  }

  mount(endpoints.listWork, ({ principal, query }) => {
    const queueIds = queuesFor(principal, query.queue);
    return people.may(principal, 'board.read')
      ? list(queueIds, query.limit)
      : sharedList(queueIds, query.limit);
  });

  mount(endpoints.setPresence, ({ principal, body }) => {
    const { id } = principal.user;
    if (!routing.agent(id)) throw new AppError('presence.illegal', 'You do not serve any queue.');
    const reason = body.presence === 'not-ready' ? body.reason : undefined;
    const applied = routing.setPresence(id, body.presence, reason);
    return { presence: body.presence, reason: reason ?? null, applied };
  });
}

type WorkCommands = Pick<CommandTable, 'work.move' | 'work.boost' | 'agent.presence'>;

/** What a supervisor does to waiting work and to agents. */
export function workCommands({ routing, people }: Pick<RoutingParts, 'routing' | 'people'>): WorkCommands {
  /** Work in an agent's hands is that agent's to transfer. */
  function stillWaits(itemId: string): void {
    const found = routing.explain(itemId);
    if (!found) throw new AppError('work.unknown', 'This work does not wait any more.', { itemId });
    if (found.state === 'in-hands')
      throw new AppError('conflict', 'An agent has this work already.', { itemId, why: 'in-hands' });
  }

  return {
    'work.move': ({ user }, { itemId, queue }) => {
      stillWaits(itemId);
      routing.move(itemId, queue, user.id);
      return {};
    },
    'work.boost': ({ user }, { itemId, boost }) => {
      stillWaits(itemId);
      routing.boost(itemId, boost, user.id);
      return {};
    },
    'agent.presence': ({ user }, { agentId, presence, reason }) => {
      if (!people.user(agentId)) throw new AppError('not-found', 'There is no such user.');
      if (!routing.agent(agentId)) throw new AppError('presence.illegal', 'This user takes no work.');
      const kept = presence === 'not-ready' ? reason : undefined;
      const by = user.id === agentId ? undefined : user.id;
      return { applied: routing.setPresence(agentId, presence, kept, by) };
    },
  };
}
