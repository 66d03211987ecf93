import type { Journal } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts/index.ts';
import type { CallEnd } from '#shared/model/states.ts';

type Did = 'call.held' | 'call.retrieved' | 'call.muted' | 'call.unmuted';

/** What the journal is told of one call; the desk and history read it there. */
export class CallFacts {
  readonly #journal: Journal;
  readonly #ids: { readonly callId: string; readonly interactionId: string };

  constructor(journal: Journal, callId: string, interactionId: string) {
    this.#journal = journal;
    this.#ids = { callId, interactionId };
  }

  queued(queueId: string): void {
    const { interactionId } = this.#ids;
    this.#journal.append({ type: 'interaction.queued', interactionId, queueId });
  }

  arrived(customer: { readonly customerId?: string }): void {
    this.#journal.append({ type: 'call.arrived', ...this.#ids, ...customer });
  }

  /** An agent says which customer it is about, or that it is about none. Not stored yet. */
  matched(customerId: string | null, agentId: string): Recorded {
    const { interactionId } = this.#ids;
    return this.#journal.append({ type: 'interaction.matched', interactionId, customerId, agentId });
  }

  answered(): void {
    this.#journal.append({ type: 'call.answered', ...this.#ids });
  }

  legRinging(legId: string, agentId: string): void {
    this.#journal.append({ type: 'leg.ringing', ...this.#ids, legId, agentId });
  }

  /** The agent has the call. */
  bridged(legId: string, agentId: string): void {
    const { interactionId } = this.#ids;
    this.legBack(legId, agentId);
    this.#journal.append({ type: 'interaction.assigned', interactionId, agentId });
    this.#journal.append({ type: 'call.bridged', ...this.#ids, agentId });
  }

  legBack(legId: string, agentId: string): void {
    this.#journal.append({ type: 'leg.answered', ...this.#ids, legId, agentId });
  }

  legLost(legId: string, agentId: string): void {
    this.#journal.append({ type: 'leg.ended', ...this.#ids, legId, agentId, cause: 'media lost' });
  }

  agentDid(type: Did, agentId: string): void {
    this.#journal.append({ type, ...this.#ids, agentId });
  }

  ended(end: CallEnd, who: { readonly agentId?: string }): void {
    const { interactionId } = this.#ids;
    this.#journal.append({ type: 'call.ended', ...this.#ids, end, ...who });
    this.#journal.append({ type: 'interaction.ended', interactionId, end, ...who });
  }
}
