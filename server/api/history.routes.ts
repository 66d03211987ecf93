import type { Principal } from '#server/people/index.ts';
import { endpoints } from '#shared/contract/endpoints.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { InteractionDetail } from '#shared/contract/views.ts';
import type { Mounts } from './mount.ts';
import type { ApiDeps } from './types.ts';

/**
 * History. Without `history.all` an agent sees its own contacts, and every contact of a customer: what was promised to
 * a customer must be readable by whoever talks to it next.
 */
export function historyRoutes({ mount }: Mounts, { people, interactions }: ApiDeps): void {
  mount(endpoints.listInteractions, ({ principal, query }) => {
    const everybody = people.may(principal, 'history.all') || query.customer !== undefined;
    return interactions.history(everybody ? query : { ...query, agent: principal.user.id });
  });

  mount(endpoints.getInteraction, ({ principal, params }) => {
    const detail = interactions.detail(params.id);
    if (!people.may(principal, 'history.all') && detail.customer === null && !tookPart(detail, principal))
      throw new AppError('forbidden', 'This contact is not one of yours.');
    return detail;
  });
}

function tookPart(detail: InteractionDetail, { user }: Principal): boolean {
  return detail.agent?.id === user.id || detail.timeline.some((entry) => entry.agent?.id === user.id);
}
