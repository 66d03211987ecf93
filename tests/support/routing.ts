import { createIds, type Dialect, type Journal, type Kernel, openJournal } from '#server/kernel/index.ts';
import {
  createRouting,
  type NewWorkItem,
  type Offer,
  type QueueSettings,
  type RoutingService,
  routingMigrations,
  routingProjection,
} from '#server/routing/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { FactOf, FactType, Recorded } from '#shared/model/facts/index.ts';
import { queueDefaults, type Skills } from '#shared/model/routing.ts';
import { testKernel } from './kernel.ts';
import { serves } from './serves.ts';

type TestKernel = Awaited<ReturnType<typeof testKernel>>;

/** The routing service on an empty database, with a clock that stands still, and somebody who carries its offers. */
export class RoutingWorld {
  kernel: TestKernel;
  routing: RoutingService;
  /** Offers told to the carrier. */
  readonly offers: Offer[] = [];
  /** Everything told to the carrier, in words. */
  readonly said: string[] = [];

  /** Use `open`. */
  constructor(kernel: TestKernel, routing: RoutingService) {
    this.kernel = kernel;
    this.routing = routing;
  }

  /** @param kernel with the tables of routing in it already; nothing may have been told of routing in its run */
  static async open(at: { dialect?: Dialect; kernel?: TestKernel } = {}): Promise<RoutingWorld> {
    const kernel = at.kernel ?? (await testKernel(routingMigrations, at.dialect));
    const world = new RoutingWorld(kernel, await opened(kernel));
    world.carry(world.routing);
    return world;
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

  /** The same database opened by a new process, as after a kill; facts not stored are lost. */
  async restart(): Promise<void> {
    this.routing.stop();
    const { clock, db, log } = this.kernel;
    let count = 1;
    const ids = createIds(clock.now.bind(clock), (n) => Uint8Array.from({ length: n }, () => count++ & 255));
    this.kernel = { ...this.kernel, journal: await openJournal(db, clock, log), ids };
    this.routing = await opened(this.kernel);
    this.carry(this.routing);
  }

  async close(): Promise<void> {
    this.routing.stop();
    await this.kernel.journal.close();
    await this.kernel.db.close();
  }

  async queue(id: string, more: Partial<QueueSettings> = {}): Promise<void> {
    await this.routing.setQueue({ ...queueDefaults, id, name: id, ...more }, 'test');
  }

  /** Signed in, with a phone, available. */
  async agent(id: string, queues: readonly string[] = ['support'], skills: Skills = {}): Promise<void> {
    await serves(this.routing, id, queues, skills);
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

  facts<T extends FactType>(type: T, after?: number): Promise<Recorded<FactOf<T>>[]>;
  facts(type?: undefined, after?: number): Promise<Recorded[]>;
  async facts(type?: FactType, after = 0): Promise<Recorded[]> {
    const { journal } = this.kernel;
    await journal.flush();
    const facts = await journal.since(after);
    return facts.filter((fact) => type === undefined || fact.type === type);
  }

  /** Everything is stored; the newest fact so far: to ask for those after it. */
  async mark(): Promise<number> {
    await this.kernel.journal.flush();
    return this.kernel.journal.lastSeq;
  }
}

function opened(kernel: Kernel): Promise<RoutingService> {
  storesWhenAwaited(kernel.journal);
  kernel.journal.project(routingProjection);
  return createRouting({ kernel, random: () => 0.5 });
}

/** Where time stands still, so does the time until the next commit: whoever waits for one brings it about. */
function storesWhenAwaited(journal: Journal): void {
  const stored = journal.stored.bind(journal);
  journal.stored = async (fact) => {
    await journal.flush();
    await stored(fact);
  };
}

/** What `run` was refused with, at once or later. */
export async function refusal(run: () => unknown): Promise<Partial<AppError>> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return {};
}
