import type { RoutingEvent } from '#server/routing/events.core.ts';
import { DIRECT } from '#server/routing/settings.core.ts';
import type { Hours } from '#shared/model/routing.ts';
import { Account } from './account.ts';
import { checkAll, checkPrediction, checkWhy, predict } from './checks.ts';
import { AGENTS, Draw, QUEUES } from './draw.ts';
import { must } from './records.ts';
import { restarted } from './restart.ts';
import { World } from './world.ts';

const hours: Hours = {
  id: 'h0',
  name: 'Office',
  zone: 'UTC',
  weekly: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((day) => [day, [{ from: '09:00', to: '17:00' }]])),
  holidays: [],
};
const PRESENCES = ['available', 'available', 'available', 'available', 'not-ready', 'offline'] as const;
/** Of open items; above it, work goes rather than comes. */
const CROWD = 20;

/**
 * Plays random events against the core, one or a few for each number, keeps its own account (account.ts) and holds the
 * core to rules said a second time (rules.ts) after each of them. Throws what was broken, with the event.
 */
export class Model {
  world: World;
  readonly account: Account;
  /** Worlds before the last restart, for replaying. */
  readonly past: World[] = [];
  readonly #seen: Map<string, number>;
  readonly #keep: boolean;
  readonly #oldOffers: string[] = [];
  #made = 0;

  /**
   * @param seen where what happened is counted, over all games
   * @param keep remember all events and effects, for replaying
   */
  constructor(code: number, seen = new Map<string, number>(), keep = true) {
    this.#seen = seen;
    this.account = new Account(seen);
    const draw = new Draw(code);
    this.#keep = keep;
    this.world = new World({ now: 86_400_000 * 3 + draw.below(86_400_000), keep });
    this.#do({ type: 'hours.set', hours });
    for (const id of QUEUES) this.#do({ type: 'queue.set', queue: draw.queue(id) });
    for (const id of AGENTS) {
      this.#do({ type: 'agent.set', agent: draw.agent(id, QUEUES) });
      if (!draw.one(8)) this.#do({ type: 'reachable.set', agentId: id, reachable: true });
      this.#do({ type: 'presence.set', agentId: id, presence: 'available', reason: undefined });
    }
  }

  /** Events played and checked, timers included. */
  get events(): number {
    return this.account.events;
  }

  play(code: number): void {
    const draw = new Draw(code);
    const kind = draw.below(100);
    const agentId = draw.of(AGENTS);
    const items = [...this.account.items.keys()];
    const itemId = items.length > 0 && !draw.one(50) ? draw.of(items) : 'none';
    if (kind < 18) this.#arriveOrGo(draw, itemId);
    else if (kind < 21)
      this.#do({ type: 'item.withdrawn', itemId, end: draw.of(['abandoned', 'failed'] as const) });
    else if (kind < 40) this.#answer(draw);
    else if (kind < 55) this.#end(draw, itemId);
    else if (kind < 62) this.#wrapUp(draw, agentId);
    else if (kind < 70) this.#presence(draw, agentId);
    else if (kind < 74) this.#do({ type: 'reachable.set', agentId, reachable: !draw.one(4) });
    else if (kind < 77) this.#settings(draw, agentId);
    else if (kind < 78) this.#late(draw, agentId, itemId);
    else if (kind < 82) this.#handle(draw, itemId);
    else this.#time(draw);
  }

  /** Everybody goes: no offer can be left, and the timers are those of wrap-ups, delays and waiting work at most. */
  settle(): void {
    this.#advance(60_000);
    for (const agentId of AGENTS)
      this.#do({ type: 'presence.set', agentId, presence: 'offline', reason: undefined });
    must(this.account.offers.size === 0, 'an offer never ended');
  }

  #do(event: RoutingEvent, foretell = true): void {
    const { world, account } = this;
    try {
      const predicted = foretell ? predict(account, event, world.now) : undefined;
      world.do(event);
      account.take(event, world.last, world.now);
      if (predicted) checkPrediction(account, event, predicted);
      this.#check(event);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${why} (event ${account.events}, ${JSON.stringify(event)})`, { cause: error });
    }
  }

  #check(event: RoutingEvent): void {
    checkAll(this.account, event, this.world);
    for (const { offerId } of this.account.offered) this.#oldOffers.unshift(offerId);
    this.#oldOffers.length = Math.min(this.#oldOffers.length, 8);
    if (this.account.events % 4 !== 0) return;
    let nth = this.account.events % Math.max(1, this.account.items.size);
    for (const id of this.account.items.keys()) if (nth-- === 0) checkWhy(this.account, this.world, id);
  }

  #time(draw: Draw): void {
    const far = draw.one(40);
    this.#advance(far ? draw.below(6 * 3_600_000) : 1 + draw.below(draw.one(3) ? 12_000 : 1_500));
  }

  #advance(ms: number): void {
    const end = this.world.now + ms;
    for (;;) {
      const event = this.world.due(end);
      if (!event) return;
      this.#do(event);
    }
  }

  #arriveOrGo(draw: Draw, itemId: string): void {
    const { account, world } = this;
    if (account.items.size >= CROWD) {
      this.#do({ type: 'item.withdrawn', itemId, end: 'abandoned' });
      return;
    }
    this.#made += 1;
    const queueId = draw.one(60) ? 'nowhere' : draw.of(QUEUES);
    const item = draw.work(this.#made, queueId, world.now);
    if (draw.one(200) && itemId !== 'none') this.#do({ type: 'item.arrived', item: { ...item, id: itemId } });
    else if (draw.one(12)) this.#direct({ ...item, queueId: DIRECT, onlyAgent: draw.of(AGENTS) });
    else this.#do({ type: 'item.arrived', item });
  }

  /** R15: taken or refused, at once. */
  #direct(item: Extract<RoutingEvent, { type: 'item.arrived' }>['item']): void {
    const { preferred: _, ...work } = item;
    this.#do({ type: 'item.arrived', item: work });
    const offered = this.account.offered.some((offer) => offer.item.id === work.id);
    must(offered === (this.account.refused === undefined), 'work for one agent is offered or refused');
  }

  #answer(draw: Draw): void {
    const offers = draw.one(10) ? this.#oldOffers : [...this.account.offers.keys()];
    const offerId = offers.length > 0 ? draw.of(offers) : 'none';
    const running = this.account.offers.has(offerId);
    if (offerId === 'none' && !draw.one(20)) {
      this.#time(draw);
      return;
    }
    if (draw.one(4)) {
      this.#do({
        type: 'offer.declined',
        offerId,
        outcome: draw.of(['declined', 'busy', 'failed'] as const),
      });
      return;
    }
    this.#do({ type: 'offer.accepted', offerId });
    must((this.account.refused === undefined) === running, 'exactly a running offer can be accepted');
  }

  #end(draw: Draw, itemId: string): void {
    const held = [...this.account.items.values()].filter((item) => item.state === 'in-hands');
    this.#do({ type: 'work.ended', itemId: held.length > 0 && !draw.one(20) ? draw.of(held).id : itemId });
  }

  #wrapUp(draw: Draw, agentId: string): void {
    const all = [...this.account.agents.values()].flatMap(({ id, hands }) =>
      hands.map((hand) => ({ agentId: id, itemId: hand.itemId })),
    );
    if (all.length === 0 && !draw.one(20)) {
      this.#time(draw);
      return;
    }
    const which = all.length > 0 ? draw.of(all) : { agentId, itemId: 'none' };
    this.#do({ type: draw.one(6) ? 'wrap-up.extended' : 'wrap-up.finished', ...which });
  }

  #presence(draw: Draw, agentId: string): void {
    const back = [...this.account.agents.values()].find((agent) => agent.state === 'not-responding');
    if (back && draw.one(2)) agentId = back.id;
    const presence = draw.of(PRESENCES);
    const reason = presence === 'not-ready' && draw.one(2) ? 'lunch' : undefined;
    this.#do({ type: 'presence.set', agentId, presence, reason });
  }

  #settings(draw: Draw, agentId: string): void {
    const { account } = this;
    const queues = QUEUES.filter((id) => account.queues.has(id));
    const queueId = draw.of(QUEUES);
    const kind = draw.below(20);
    if (kind < 7) this.#do({ type: 'agent.set', agent: draw.agent(agentId, queues) });
    else if (kind < 10) this.#do({ type: 'agent.removed', agentId });
    else if (kind < 16) this.#do({ type: 'queue.set', queue: draw.queue(queueId) });
    else if (kind < 17) this.#do({ type: 'queue.removed', queueId });
    else if (kind < 18) this.#do({ type: 'counters.reset' });
    else if (kind < 19) this.#do({ type: 'agent.set', agent: draw.agent(agentId, ['nowhere', ...QUEUES]) });
    else this.#restart();
  }

  /** R17: a new core, told what the old one knew. */
  #restart(): void {
    this.past.push(this.world);
    const { now, offers } = this.world;
    const events = restarted(this.account);
    this.world = new World({ now, offers, keep: this.#keep });
    this.account.forget();
    this.#do({ type: 'hours.set', hours });
    for (const event of events) this.#do(event);
    this.#seen.set('restart', (this.#seen.get('restart') ?? 0) + 1);
  }

  /** Timers that fire although they were cancelled, or for something long gone. */
  #late(draw: Draw, agentId: string, itemId: string): void {
    const past = this.world.now - 1;
    const offerId = this.#oldOffers.at(-1) ?? 'none';
    this.#nothing({ type: 'grace.over', offerId, at: past });
    if (!this.account.offers.has(offerId)) this.#nothing({ type: 'offer.expired', offerId });
    this.#nothing({ type: 'wrap-up.expired', agentId, itemId, deadline: past });
    this.#nothing({ type: 'retry.due', agentId, queueId: draw.of(QUEUES), until: past });
    this.#nothing({ type: 'item.due', itemId, at: past });
    this.#nothing({ type: 'no-agents.due', queueId: draw.of(QUEUES), at: past });
  }

  #nothing(event: RoutingEvent): void {
    this.#do(event, false);
    must(this.world.last.length === 0, `a late ${event.type} does nothing`);
  }

  #handle(draw: Draw, itemId: string): void {
    const kind = draw.below(4);
    if (kind < 2)
      this.#do({ type: 'item.moved', itemId, queueId: draw.one(30) ? 'nowhere' : draw.of(QUEUES) });
    else if (kind < 3) this.#do({ type: 'item.boosted', itemId, boost: draw.of([-50, 0, 20, 5_000]) });
    else this.#do({ type: 'item.called-back', itemId });
  }
}
