import type { Interactions } from '#server/interactions/index.ts';
import type { JournalHealth } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import type { Explanation, RoutingService } from '#server/routing/index.ts';
import type { Calls } from '#server/telephony/calls/index.ts';
import type { CustomerSummary } from '#shared/contract/customers.ts';
import type { Desk } from '#shared/contract/desk.ts';
import type { Ref } from '#shared/contract/kit.ts';
import type { WorkItemView } from '#shared/contract/routing.ts';
import type { Board } from '#shared/contract/supervision.ts';

export interface DeskSources {
  readonly people: People;
  readonly customers: { summaries(ids: readonly string[]): Promise<ReadonlyMap<string, CustomerSummary>> };
  readonly interactions: Pick<Interactions, 'contact'>;
  readonly routing: RoutingService;
  readonly calls: Pick<Calls, 'offerView' | 'workView'>;
  /** Phones registered by this user, and a fixed one. */
  readonly phones: (userId: string) => number;
  readonly journal: { readonly health: JournalHealth };
}

/** What a topic says; revision, epoch and time are the gateway's. */
type Unordered<T> = Omit<T, 'rev' | 'epoch' | 'now'>;

/** One user's whole desk as it is now, from memory alone: it is never behind what happens, and waits for no database. */
export function deskView(sources: DeskSources, userId: string): Unordered<Desk> | undefined {
  const { people, routing, calls, phones, journal } = sources;
  const user = people.user(userId);
  if (!user) return undefined;
  const agent = routing.agent(userId);
  return {
    user,
    presence: agent?.presence ?? 'offline',
    reason: agent?.reason ?? null,
    next: agent?.next ? { presence: agent.next.presence, reason: agent.next.reason ?? null } : null,
    state: agent?.state ?? 'offline',
    since: agent?.since ?? 0,
    phones: phones(userId),
    offer: calls.offerView(userId),
    work: calls.workView(userId),
    queues: (agent?.queues ?? []).flatMap(({ queueId: id }) => {
      const queue = routing.queue(id);
      return queue
        ? [{ id, name: queue.name, waiting: queue.waiting, longestSince: queue.longestSince ?? null }]
        : [];
    }),
    unsaved: unsaved(journal.health),
  };
}

/** D3: since when what happens is not stored; null while the database takes it. */
function unsaved({ ok, oldest }: JournalHealth): Desk['unsaved'] {
  return ok || oldest === undefined ? null : { since: oldest };
}

/** Queues and agents as they are now, for supervisors. */
export function boardView(sources: DeskSources): Unordered<Board> {
  const { people, routing, phones, journal } = sources;
  const queueRef = queueRefs(routing);
  return {
    unsaved: unsaved(journal.health),
    queues: routing.queues().map((queue) => ({
      ...queue,
      longestSince: queue.longestSince ?? null,
      ewtMs: queue.ewtMs ?? null,
      ewtError: queue.ewtError ?? null,
    })),
    agents: routing.agents().map((agent) => {
      const queueId = agent.hands[0]?.queueId ?? agent.offer?.queueId;
      return {
        id: agent.id,
        name: people.user(agent.id)?.name ?? agent.id,
        state: agent.state,
        since: agent.since,
        reason: agent.reason ?? null,
        phones: phones(agent.id),
        queue: queueId === undefined ? null : queueRef(queueId),
        next: agent.next?.presence ?? null,
        hands: agent.hands.map(({ channel, queueId: id, phase, since }) => ({
          channel,
          queue: queueRef(id),
          phase,
          since,
        })),
      };
    }),
  };
}

/** Whose work list: one agent's own queues, or these. */
export type WorkListOf = { readonly userId: string } | { readonly queueIds: readonly string[] };

/** The best `limit` items that wait in these queues, best first, with the reasons why they wait. */
export function workList(
  sources: Pick<DeskSources, 'routing' | 'people' | 'customers' | 'interactions'>,
  of: WorkListOf & { readonly limit: number },
): Promise<WorkItemView[]> {
  const { routing } = sources;
  const queueIds =
    'queueIds' in of ? of.queueIds : (routing.agent(of.userId)?.queues ?? []).map(({ queueId }) => queueId);
  return workViews(sources, routing.waiting(queueIds, of.limit));
}

/** What routing knows of this work, with the names and the contact behind it. */
export async function workViews(
  { routing, people, customers, interactions }: Parameters<typeof workList>[0],
  explanations: readonly Explanation[],
): Promise<WorkItemView[]> {
  const queueRef = queueRefs(routing);
  const skillNames = new Map(routing.skills().map(({ id, name }) => [id, name]));
  const contacts = explanations.map(({ interactionId }) => interactions.contact(interactionId));
  const known = await customers.summaries([
    ...new Set(contacts.flatMap((contact) => contact?.customerId ?? [])),
  ]);
  return explanations.map(({ queueId, skills, heldFor, changesAt, ...rest }, i) => {
    const contact = contacts[i];
    const customer = contact?.customerId ? known.get(contact.customerId) : undefined;
    return {
      ...rest,
      queue: queueRef(queueId),
      number: contact?.ani ?? '',
      customer: customer ? { id: customer.id, name: customer.name, tier: customer.tier } : null,
      skills: Object.entries(skills).map(([id, level]) => ({ id, name: skillNames.get(id) ?? id, level })),
      heldFor: heldFor
        ? {
            id: heldFor.agentId,
            name: people.user(heldFor.agentId)?.name ?? heldFor.agentId,
            until: heldFor.until,
          }
        : null,
      changesAt: changesAt ?? null,
    };
  });
}

const queueRefs =
  (routing: RoutingService) =>
  (id: string): Ref => ({ id, name: routing.queueSettings(id)?.name ?? id });
