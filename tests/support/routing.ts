import { createIds, Journal, type Kernel, silentLog } from '#server/kernel/index.ts';
import {
  createRouting,
  type NewWorkItem,
  type Offer,
  type QueueSettings,
  type RoutingService,
  routingMigrations,
} from '#server/routing/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import type { FactOf, FactType, Recorded } from '#shared/model/facts.ts';
import { queueDefaults, type Skills } from '#shared/model/routing.ts';
import { testKernel } from './kernel.ts';
import { serves } from './serves.ts';

/** The routing service on a database in memory, with a clock that stands still, and somebody who carries its offers. */
export class RoutingWorld {
  kernel: ReturnType<typeof testKernel>;
  routing: RoutingService;
  /** Offers told to the carrier. */
  readonly offers: Offer[] = [];
  /** Everything told to the carrier, in words. */
  readonly said: string[] = [];

  constructor(kernel = testKernel(routingMigrations)) {
    this.kernel = kernel;
    this.routing = this.#open();
  }

  #open(): RoutingService {
    const routing = createRouting({ kernel: this.kernel, random: () => 0.5 });
    this.carry(routing);
    return routing;
  }

  carry(routing: RoutingService): void {
    const { offers, said } = this;
    routing.carry({
      onOffer(offer) {
        offers.push(offer);
        said.push(`offer ${offer.agentId}`);
      },
      onOfferEnded: (offer, outcome) => void said.push(`ended ${offer.agentId} ${outcome}`),
      onItemRefused: (itemId, outcome) => void said.push(`refused ${itemId} ${outcome}`),
      onItemMoved: (itemId, queueId) => void said.push(`moved ${itemId} ${queueId}`),
      onItemOverflowed: (itemId, to) => void said.push(`overflowed ${itemId} ${to.kind}`),
    });
  }

  /** The same database opened by a new process, as after a kill; facts not flushed are lost. */
  restart(): void {
    this.routing.stop();
    const { clock, db } = this.kernel;
    let count = 1;
    const ids = createIds(clock.now.bind(clock), (n) => Uint8Array.from({ length: n }, () => count++ & 255));
    const kernel: Kernel = { ...this.kernel, journal: new Journal(db, clock, silentLog), ids };
    this.kernel = { ...this.kernel, ...kernel, clock, db };
    this.routing = this.#open();
  }

  queue(id: string, more: Partial<QueueSettings> = {}): void {
    this.routing.setQueue({ ...queueDefaults, id, name: id, ...more });
  }

  /** Signed in, with a phone, available. */
  agent(id: string, queues: readonly string[] = ['support'], skills: Skills = {}): void {
    serves(this.routing, id, queues, skills);
    this.routing.setReachable(id, true);
    this.routing.setPresence(id, 'available', undefined);
    this.kernel.clock.advance(1);
  }

  /** A call for support, unless it is something else. */
  item(id: string, more: Partial<NewWorkItem> = {}): void {
    this.routing.enqueue({
      id,
      interactionId: `x-${id}`,
      channel: 'call',
      queueId: 'support',
      priority: 0,
      ...more,
    });
  }

  /** The agent takes what it is offered; the item. */
  take(agentId: string): string {
    const offer = this.routing.agent(agentId)?.offer;
    if (!offer || !this.routing.accept(offer.id)) throw new Error(`${agentId} is offered nothing`);
    return offer.itemId;
  }

  facts<T extends FactType>(type: T, after?: number): Recorded<FactOf<T>>[];
  facts(type?: undefined, after?: number): Recorded[];
  facts(type?: FactType, after = 0): Recorded[] {
    this.kernel.journal.flush();
    return this.kernel.journal.since(after).filter((fact) => type === undefined || fact.type === type);
  }

  /** The newest fact so far: to ask for those after it. */
  mark(): number {
    this.kernel.journal.flush();
    return this.kernel.journal.lastSeq;
  }
}

/** What `run` was refused with. */
export function refusal(run: () => unknown): Partial<AppError> {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return {};
}
