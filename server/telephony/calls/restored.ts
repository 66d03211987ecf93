import type { Interactions } from '#server/interactions/index.ts';
import type { HandView, Routing } from '#server/routing/index.ts';
import type { WorkView } from '#shared/contract/calls.ts';
import type { Pop } from '#shared/contract/interactions.ts';
import type { Ref } from '#shared/contract/kit.ts';
import type { Pops } from './pops.ts';

/** Wrap-ups that outlived the server (K13): what there is to show of them is read once, at the start. */
export class RestoredWrapUps {
  readonly #routing: Routing;
  readonly #interactions: Interactions;
  /** By the id of the interaction. */
  readonly #pops = new Map<string, Pop>();

  constructor(routing: Routing, interactions: Interactions) {
    this.#routing = routing;
    this.#interactions = interactions;
  }

  /** Reads what lies in the agents' hands now. Before the first call. */
  async load(pops: Pops): Promise<void> {
    const hands = this.#routing.agents().flatMap((agent) => agent.hands);
    for (const { interactionId, phase, channel } of hands) {
      if (phase !== 'wrap-up' || (channel !== 'call' && channel !== 'callback')) continue;
      await this.#interactions.hold(interactionId);
      const contact = this.#interactions.contact(interactionId);
      this.#pops.set(interactionId, await pops.of(contact?.ani ?? '', contact?.customerId ?? null));
    }
  }

  /** The first wrap-up in this agent's hands that this process never saw the call of. */
  hand(agentId: string): HandView | undefined {
    if (this.#pops.size === 0) return undefined;
    return this.#routing
      .agent(agentId)
      ?.hands.find(({ phase, interactionId }) => phase === 'wrap-up' && this.#pops.has(interactionId));
  }

  view(agentId: string, queueRef: (id: string) => Ref): WorkView | null {
    const hand = this.hand(agentId);
    const pop = hand && this.#pops.get(hand.interactionId);
    if (!hand || !pop) return null;
    const { interactionId } = hand;
    const contact = this.#interactions.contact(interactionId); // gone only from a database changed by hand
    const arrivedAt = contact?.startedAt ?? hand.since;
    const { notes, rev } = this.#interactions.notes(interactionId);
    return {
      itemId: hand.itemId,
      interactionId,
      callId: null,
      channel: hand.channel,
      phase: 'wrap-up',
      muted: false,
      audioLost: false,
      recording: 'off',
      queue: queueRef(hand.queueId),
      number: contact?.ani ?? '',
      dnis: contact?.dnis ?? '',
      digits: '',
      arrivedAt,
      answeredAt: contact?.answeredAt ?? arrivedAt,
      endedAt: contact?.endedAt ?? hand.since,
      end: contact?.end ?? null,
      pop,
      notes,
      notesRev: rev,
      disposition: this.#interactions.disposition(interactionId),
      wrapUp: wrapUpOf(hand),
    };
  }

  /** It is finished: what was read of it is let go. */
  forget(interactionId: string): void {
    this.#pops.delete(interactionId);
  }
}

export function wrapUpOf({ wrapUp }: HandView): WorkView['wrapUp'] {
  return wrapUp ? { mode: wrapUp.mode, deadline: wrapUp.deadline ?? null } : null;
}
