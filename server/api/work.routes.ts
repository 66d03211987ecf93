import type { z } from 'zod';
import type { Principal } from '#server/people/index.ts';
import { endpoints } from '#shared/contract/endpoints.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { Mounts } from './mount.ts';
import type { ApiDeps, CommandTable } from './types.ts';

type WorkList = z.input<(typeof endpoints.listWork)['response']>;

/** Every agent's desk asks every few seconds, and explaining what waits costs the work times its agents. */
const SHARED_MS = 1_000;

/**
 * The work list: what waits in one's own queues; for whoever oversees the centre and serves none, in all. Who oversees
 * the centre sees what is so now, the effect of a move at once; agents of the same queues share a list for a second.
 */
export function workRoutes({ mount }: Mounts, { kernel, people, routing, work }: ApiDeps): void {
  const shared = new Map<string, WorkList>();

  function queuesFor(principal: Principal, asked: string | undefined): readonly string[] {
    const own = (routing.agent(principal.user.id)?.queues ?? []).map(({ queueId }) => queueId);
    const all = routing.queues().map(({ id }) => id);
    if (asked === undefined) return own.length === 0 && people.may(principal, 'board.read') ? all : own;
    if (!all.includes(asked)) throw new AppError('queue.unknown', 'There is no such queue.', { id: asked });
    if (!own.includes(asked)) people.authorize(principal, 'board.read');
    return [asked];
  }

  const list = (queueIds: readonly string[], limit: number): WorkList => ({
    now: kernel.clock.now(),
    items: [...work(queueIds, limit)],
  });

  function sharedList(queueIds: readonly string[], limit: number): WorkList {
    const now = kernel.clock.now();
    for (const [key, made] of shared) if (made.now > now || now - made.now >= SHARED_MS) shared.delete(key);
    const key = [limit, ...queueIds].join(' ');
    const made = shared.get(key) ?? list(queueIds, limit);
    shared.set(key, made);
    return made;
  }

  mount(endpoints.listWork, ({ principal, query }) => {
    const queueIds = queuesFor(principal, query.queue);
    return people.may(principal, 'board.read')
      ? list(queueIds, query.limit)
      : sharedList(queueIds, query.limit);
  });
}

type WorkCommands = Pick<CommandTable, 'work.move' | 'work.boost' | 'agent.presence'>;

/** What a supervisor does to waiting work and to agents. */
export function workCommands({ routing, people }: Pick<ApiDeps, 'routing' | 'people'>): WorkCommands {
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
