import type {
  AgentSettings,
  Effect,
  NewWorkItem,
  QueueSettings,
  RoutingEvent,
} from '#server/routing/index.ts';

interface Waiting {
  readonly item: NewWorkItem;
  readonly queue: QueueSettings;
  readonly arrivedAt: number;
  readonly order: number;
}

interface Agent {
  readonly settings: AgentSettings;
  available: boolean;
  /** Grows each time somebody becomes free. */
  freed: number;
  has: Waiting | undefined;
}

/**
 * How queues were picked from before there were indexes: after each event look through all agents for those who are
 * free; if there are any, sort all that waits by score, and for each of it those who know enough by the time they have
 * been free. Longest idle, one call at a time, every phone reachable; knows as many events as the bench has, and
 * leaves out facts and timers: what it is spared makes it faster than a full one.
 */
export class NaivePicker {
  readonly #queues = new Map<string, QueueSettings>();
  readonly #agents = new Map<string, Agent>();
  #waiting: Waiting[] = [];
  readonly #offers = new Map<string, Agent>();
  /** Offered or in hands, by item. */
  readonly #taken = new Map<string, Agent>();
  #count = 0;

  /** @throws Error for an event it does not know */
  handle(event: RoutingEvent, now: number): Effect[] {
    switch (event.type) {
      case 'queue.set':
        this.#queues.set(event.queue.id, event.queue);
        return [];
      case 'agent.set':
        this.#agents.set(event.agent.id, {
          settings: event.agent,
          available: false,
          freed: 0,
          has: undefined,
        });
        return [];
      case 'reachable.set':
        return [];
      case 'presence.set': {
        const agent = this.#agents.get(event.agentId);
        if (agent) this.#free(agent);
        if (agent) agent.available = event.presence === 'available';
        break;
      }
      case 'item.arrived': {
        const queue = this.#queues.get(event.item.queueId);
        if (queue) this.#waiting.push({ item: event.item, queue, arrivedAt: now, order: ++this.#count });
        break;
      }
      case 'offer.accepted':
        this.#offers.delete(event.offerId);
        return [];
      case 'work.ended': {
        const agent = this.#taken.get(event.itemId);
        this.#taken.delete(event.itemId);
        if (agent) this.#free(agent);
        break;
      }
      default:
        throw new Error(`the naive picker does not know ${event.type}`);
    }
    return this.#match(now);
  }

  #free(agent: Agent): void {
    agent.has = undefined;
    agent.freed = ++this.#count;
  }

  #match(now: number): Effect[] {
    const effects: Effect[] = [];
    if (this.#waiting.length === 0) return effects;
    let free = [...this.#agents.values()].filter((agent) => agent.available && !agent.has);
    if (free.length === 0) return effects;
    const inOrder = this.#waiting
      .map((waiting) => ({ waiting, score: score(waiting, now) }))
      .sort((a, b) => b.score - a.score || a.waiting.order - b.waiting.order);
    for (const { waiting } of inOrder) {
      if (free.length === 0) break;
      const able = free.filter((agent) => may(agent, waiting)).sort((a, b) => a.freed - b.freed);
      const [agent] = able;
      if (!agent) continue;
      agent.has = waiting;
      free = free.filter((other) => other !== agent);
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      effects.push(this.#offer(waiting, agent, able.length, now));
    }
    return effects;
  }

  #offer({ item, queue }: Waiting, agent: Agent, among: number, now: number): Effect {
    const id = `offer-${++this.#count}`;
    this.#offers.set(id, agent);
    this.#taken.set(item.id, agent);
    return {
      type: 'offer',
      offer: {
        id,
        itemId: item.id,
        interactionId: item.interactionId,
        queueId: queue.id,
        agentId: agent.settings.id,
        channel: item.channel,
        offeredAt: now,
        expiresAt: now + queue.offerMs,
        why: 'longest-idle',
        among,
      },
    };
  }
}

function score({ item, queue, arrivedAt }: Waiting, now: number): number {
  const { priority, ageing, urgency } = queue.score;
  const dueAt = arrivedAt + queue.targetMs;
  return priority * item.priority + (ageing * (now - arrivedAt) + urgency * (now - dueAt)) / 1_000;
}

function may({ settings }: Agent, { item, queue }: Waiting): boolean {
  if (!settings.queues.some(({ queueId }) => queueId === queue.id)) return false;
  return Object.entries(item.skills ?? {}).every(([skill, level]) => (settings.skills[skill] ?? 0) >= level);
}
