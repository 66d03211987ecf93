import type { z } from 'zod';
import { DIRECT } from '#server/routing/index.ts';
import { type Endpoint, endpoints } from '#shared/contract/endpoints.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { QueueSettings } from '#shared/model/routing.ts';
import { type Changed, recordChange } from './changes.ts';
import type { Mounts, SignedInCall } from './mount.ts';
import { withNames } from './names.ts';
import { badFields } from './problems.ts';
import type { ApiDeps } from './types.ts';

type ById = Endpoint<typeof endpoints.setQueue.params>;
type Answer<E extends Endpoint> = z.input<E['response']>;

/**
 * Administration of routing. What is sent is whole: setting the same twice is once, and of two who set the same thing
 * the later one's stands. A refusal changes nothing; everything done is a fact, and desks and boards follow that fact.
 */
export function routingRoutes({ mount }: Mounts, deps: ApiDeps): void {
  const { kernel, people, interactions, routing, deviceChanged, flows = () => [] } = deps;

  function naming<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      throw withNames(error, deps);
    }
  }

  function changes<E extends ById>(
    endpoint: E,
    what: Changed,
    change: (call: SignedInCall<E>) => Answer<E>,
  ): void {
    mount(endpoint, (call: SignedInCall<E>) => {
      const answer = naming(() => change(call));
      const done = endpoint.method === 'DELETE' ? 'removed' : 'set';
      recordChange(kernel, call.principal, what, call.params.id, done);
      return answer;
    });
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
    dispositions: [...interactions.dispositions()],
    flows: flows().map(({ id, name }) => ({ id, name })),
  }));

  changes(endpoints.setQueue, 'queue', ({ params: { id }, body }) => {
    if (id === DIRECT) throw badFields([{ path: 'id', message: 'is kept for extensions dialled directly' }]);
    const queue = { ...body, id };
    checkTargets(queue);
    routing.setQueue(queue);
    return queue;
  });
  changes(endpoints.removeQueue, 'queue', ({ params: { id } }) => {
    const leading = flows().filter(({ queues }) => queues.includes(id));
    if (leading.length > 0)
      throw new AppError('routing.in-use', 'A flow leads to this queue.', {
        flows: leading.map((flow) => flow.id),
      });
    routing.removeQueue(id);
    return {};
  });

  changes(endpoints.setSkill, 'skill', ({ params: { id }, body }) => {
    const skill = { id, ...body };
    routing.setSkill(skill);
    return skill;
  });
  changes(endpoints.removeSkill, 'skill', ({ params: { id } }) => {
    routing.removeSkill(id);
    return {};
  });

  changes(endpoints.setProfile, 'profile', ({ params: { id }, query, body }) => {
    const profile = { id, ...body };
    routing.setProfile(profile, query);
    return profile;
  });
  changes(endpoints.removeProfile, 'profile', ({ params: { id } }) => {
    routing.removeProfile(id);
    return {};
  });

  changes(endpoints.setHours, 'hours', ({ params: { id }, body }) => {
    const hours = { id, ...body };
    routing.setHours(hours);
    return hours;
  });
  changes(endpoints.removeHours, 'hours', ({ params: { id } }) => {
    routing.removeHours(id);
    return {};
  });

  changes(endpoints.setAgentRouting, 'agent', ({ params: { id }, query, body }) => {
    if (!people.user(id)) throw new AppError('not-found', 'There is no such user.');
    const agent = { id, ...body };
    const isNew = routing.agent(id) === undefined;
    routing.setAgent(agent, query);
    if (isNew) deviceChanged(id); // a phone that registered before this user took work
    return agent;
  });

  changes(endpoints.setReason, 'reason', ({ params: { id }, body }) => {
    const reason = { id, ...body };
    routing.setReason(reason);
    return reason;
  });
  changes(endpoints.removeReason, 'reason', ({ params: { id } }) => {
    routing.removeReason(id);
    return {};
  });

  changes(endpoints.setDisposition, 'disposition', ({ params: { id }, body }) => {
    const disposition = { id, ...body };
    interactions.setDisposition(disposition);
    return disposition;
  });
  changes(endpoints.removeDisposition, 'disposition', ({ params: { id } }) => {
    interactions.removeDisposition(id);
    return {};
  });

  /** Flows are not routing's own: whether an overflow rule leads to one is seen here. */
  function checkTargets({ overflow }: QueueSettings): void {
    const issues = overflow.flatMap(({ to }, i) =>
      to.kind === 'flow' && !has(flows(), to.flowId)
        ? [{ path: `overflow.${i}.to.flowId`, message: 'there is no such flow' }]
        : [],
    );
    if (issues.length > 0) throw badFields(issues);
  }
}

const has = (list: readonly { readonly id: string }[], id: string): boolean =>
  list.some((one) => one.id === id);
