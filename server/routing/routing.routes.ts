import type { Kernel, Mounts } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { Disposition } from '#shared/contract/interactions.ts';
import type { Ref } from '#shared/contract/kit.ts';
import type { WorkItemView } from '#shared/contract/routing.ts';
import type { QueueSettings } from '#shared/model/routing.ts';
import { withNames } from './names.ts';
import { DIRECT } from './settings.core.ts';
import type { RoutingService } from './types.ts';

/** What the room's endpoints and commands stand on: routing itself, and other rooms as far as they are asked. */
export interface RoutingParts {
  readonly clock: Pick<Kernel['clock'], 'now'>;
  readonly routing: RoutingService;
  readonly people: Pick<People, 'user' | 'may' | 'authorize'>;
  /** The best of what waits in these queues, best first, explained, with the contact behind each. */
  readonly work: (
    queueIds: readonly string[],
    limit: number,
  ) => readonly WorkItemView[] | Promise<readonly WorkItemView[]>;
  /** What a contact may be closed with: desks and administration are shown it beside what routing has. */
  readonly dispositions: () => readonly Disposition[];
  /** Flows in force, each with the queues it leads to. */
  readonly flows: () => readonly (Ref & { readonly queues: readonly string[] })[];
  /** The phone of a user may count from now on. */
  readonly deviceChanged: (userId: string) => void;
}

/**
 * Administration of routing. What is sent is whole: setting the same twice is once, and of two who set the same thing
 * the later one's stands. A refusal changes nothing; everything done is a fact, and desks and boards follow that fact.
 */
export function routingRoutes(parts: RoutingParts, { mount }: Mounts): void {
  const { routing, people, dispositions, flows, deviceChanged } = parts;

  /** Done, or refused in names. */
  async function done(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch (error) {
      throw withNames(error, parts);
    }
  }

  mount(endpoints.routing, () => ({
    queues: routing.queues().flatMap(({ id }) => routing.queueSettings(id) ?? []),
    skills: [...routing.skills()],
    profiles: [...routing.profiles()],
    hours: [...routing.hours()],
    agents: routing.agents().flatMap(({ id }) => {
      const agent = routing.agentRouting(id);
      return agent ? [{ ...agent, name: people.user(id)?.name ?? id }] : [];
    }),
    reasons: [...routing.reasons()],
    dispositions: [...dispositions()],
    flows: flows().map(({ id, name }) => ({ id, name })),
  }));

  mount(endpoints.lists, () => ({
    queues: routing.queues().map(({ id, name }) => ({ id, name })),
    dispositions: [...dispositions()],
    reasons: [...routing.reasons()],
  }));

  mount(endpoints.setQueue, async ({ principal: { user }, params: { id }, body }) => {
    if (id === DIRECT) throw badFields([{ path: 'id', message: 'is kept for extensions dialled directly' }]);
    const queue = { ...body, id };
    checkTargets(queue);
    await done(routing.setQueue(queue, user.id));
    return queue;
  });
  mount(endpoints.removeQueue, async ({ principal: { user }, params: { id } }) => {
    const leading = flows().filter(({ queues }) => queues.includes(id));
    if (leading.length > 0) {
      const why = { flows: leading.map((flow) => flow.id) };
      throw withNames(new AppError('routing.in-use', 'A flow leads to this queue.', why), parts);
    }
    await done(routing.removeQueue(id, user.id));
    return {};
  });

  mount(endpoints.setSkill, async ({ principal: { user }, params: { id }, body }) => {
    const skill = { id, ...body };
    await done(routing.setSkill(skill, user.id));
    return skill;
  });
  mount(endpoints.removeSkill, async ({ principal: { user }, params: { id } }) => {
    await done(routing.removeSkill(id, user.id));
    return {};
  });

  mount(endpoints.setProfile, async ({ principal: { user }, params: { id }, query, body }) => {
    const profile = { id, ...body };
    await done(routing.setProfile(profile, query, user.id));
    return profile;
  });
  mount(endpoints.removeProfile, async ({ principal: { user }, params: { id } }) => {
    await done(routing.removeProfile(id, user.id));
    return {};
  });

  mount(endpoints.setHours, async ({ principal: { user }, params: { id }, body }) => {
    const hours = { id, ...body };
    await done(routing.setHours(hours, user.id));
    return hours;
  });
  mount(endpoints.removeHours, async ({ principal: { user }, params: { id } }) => {
    await done(routing.removeHours(id, user.id));
    return {};
  });

  mount(endpoints.setAgentRouting, async ({ principal: { user }, params: { id }, query, body }) => {
    if (!people.user(id)) throw new AppError('not-found', 'There is no such user.');
    const agent = { id, ...body };
    const isNew = routing.agent(id) === undefined;
    await done(routing.setAgent(agent, query, user.id));
    if (isNew) deviceChanged(id); // a phone that registered before this user took work
    return agent;
  });

  mount(endpoints.setReason, async ({ principal: { user }, params: { id }, body }) => {
    const reason = { id, ...body };
    await done(routing.setReason(reason, user.id));
    return reason;
  });
  mount(endpoints.removeReason, async ({ principal: { user }, params: { id } }) => {
    await done(routing.removeReason(id, user.id));
    return {};
  });

  /** Flows are not routing's own: whether an overflow rule leads to one is seen here. */
  function checkTargets({ overflow }: QueueSettings): void {
    const issues = overflow.flatMap(({ to }, i) =>
      to.kind === 'flow' && !flows().some(({ id }) => id === to.flowId)
        ? [{ path: `overflow.${i}.to.flowId`, message: 'there is no such flow' }]
        : [],
    );
    if (issues.length > 0) throw badFields(issues);
  }
}

/** What was sent is wrong in these fields, in the form of every such refusal. */
function badFields(issues: readonly { readonly path: string; readonly message: string }[]): AppError {
  return new AppError('bad-request', issues.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    issues,
  });
}
