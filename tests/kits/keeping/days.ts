import { rebuild } from '#server/keeping/index.ts';
import type { Dialect } from '#server/kernel/index.ts';
import { derive, projections } from '#server/rooms.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { settle, testCentre, testQueue } from '../../support/centre.ts';
import { serves } from '../../support/serves.ts';
import { Draw } from '../routing/draw.ts';
import { projectedTables, unequal } from './tables.ts';

type Centre = Awaited<ReturnType<typeof testCentre>>;
type Invite = ReturnType<Centre['dial']>;

const AGENTS = ['agent1', 'agent2', 'agent3', 'agent4', 'agent5'];
const NUMBERS = ['+14155550101', '+14155550102', '+14155550103', '+8613800138000', 'anonymous'];
const DAY = 86_400_000;
const STEP_MS = 400;
/** Nothing that runs by the clock takes longer. */
const EVENING_MS = 180_000;
/** Things that happen in one day. */
const EVENTS = 60;

/**
 * Traffic as it might be, through the real rooms up to the calls: callers come, wait, ask to be called back, ring off;
 * agents come and go, answer, refuse, miss calls, hold them, write, wrap up; a supervisor moves and changes; now and then
 * the server is killed. The same for the same seed.
 */
class Days {
  readonly #draw: Draw;
  #centre: Centre;
  #callers: Invite[] = [];
  #customers: readonly string[] = [];

  private constructor(centre: Centre, draw: Draw) {
    this.#centre = centre;
    this.#draw = draw;
  }

  static async begin(seed: number, dialect: Dialect): Promise<Days> {
    const centre = await testCentre(AGENTS.length, testQueue, dialect);
    const days = new Days(centre, new Draw(seed));
    const { routing, customers } = centre;
    for (const [id, mode] of [
      ['sales', 'optional'],
      ['billing', 'mandatory-timed'],
    ] as const)
      await centre.stored(
        routing.setQueue(
          { ...testQueue, id, name: id, wrapUp: { mode, ms: 60_000, extendMs: 5_000 } },
          'test',
        ),
      );
    for (const id of AGENTS.slice(2))
      await centre.stored(serves(routing, id, ['support', 'sales', 'billing']));
    const names = ['Ada', '李雷', 'Zoë'];
    const made = names.map((name, i) =>
      centre.stored(
        customers.create({ name, points: [{ kind: 'phone', value: NUMBERS[i + 1] ?? '', label: '' }] }),
      ),
    );
    days.#customers = (await Promise.all(made)).map(({ id }) => id);
    return days;
  }

  get kernel(): Centre['kernel'] {
    return this.#centre.kernel;
  }

  async day(): Promise<void> {
    for (const id of AGENTS) if (!this.#draw.one(4)) this.#centre.standBy(id);
    for (let i = 0; i < EVENTS; i++) {
      try {
        await this.#happens();
      } catch (error) {
        if (!(error instanceof AppError)) throw error; // refused: it might have come a moment too late
      }
      await this.#passes(this.#draw.of([0, 50, 500, 500, 1_500, 3_000, 9_000, 21_000]));
    }
    await this.#passes(DAY - (this.kernel.clock.now() % DAY) + this.#draw.below(1_000));
  }

  async end(): Promise<void> {
    await this.#passes(1_000);
  }

  async close(): Promise<void> {
    await this.#centre.close();
    await this.kernel.db.close();
  }

  /** In steps within which no commit counts as slow, but for long nights. */
  async #passes(ms: number): Promise<void> {
    const { clock } = this.kernel;
    for (let left = ms; left > 0; left -= STEP_MS) {
      await this.#rest();
      if (ms - left > EVENING_MS) {
        clock.advance(left);
        break;
      }
      clock.advance(Math.min(left, STEP_MS));
    }
    await this.#rest();
  }

  /** Everything is stored, and whoever waits only for promises has gone on. */
  async #rest(): Promise<void> {
    const { clock, journal } = this.kernel;
    let over = false;
    const stored = journal.flush().finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise(setImmediate);
      if (!journal.health.ok) clock.advance(100); // it tries again by the clock
    }
    await stored;
    await settle();
  }

  async #happens(): Promise<void> {
    const draw = this.#draw;
    const centre = this.#centre;
    const { calls, interactions, routing, sip, media } = centre;
    const busy = AGENTS.filter((id) => calls.workView(id) !== null);
    const agent = draw.of(busy.length === 0 || draw.one(4) ? AGENTS : busy);
    const ringing = sip.phoneCalls.filter(({ state }) => state === 'inviting');
    const work = calls.workView(agent);
    switch (draw.below(32)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 29:
      case 30:
        return void this.#callers.push(centre.dial('4001', draw.of(NUMBERS)));
      case 4:
      case 5:
      case 6:
      case 7:
      case 25:
      case 26:
      case 27:
      case 28:
        if (ringing.length === 0) return;
        return draw.of(ringing).answer();
      case 8:
        if (ringing.length === 0) return;
        return draw.of(ringing).fail(draw.of([486, 480, 603, 503]));
      case 9:
      case 10: {
        const caller = this.#callers.splice(draw.below(this.#callers.length || 1), 1)[0];
        return caller?.outcome === 'pending' ? caller.cancel() : caller?.dialog?.end('remote-bye');
      }
      case 11: {
        const legs = [...media.legs.values()];
        return legs.length === 0 ? undefined : draw.of(legs).options.on.digit(draw.of(['1', '1', '5']));
      }
      case 12:
        return work ? calls.hangUp(agent, work.interactionId) : undefined;
      case 13:
        return work ? calls.hold(agent, work.interactionId, draw.one(2)) : undefined;
      case 14:
      case 15: {
        if (!work) return;
        const { rev } = interactions.notes(work.interactionId);
        const notes = draw.of(['rang about a bill', '客户要求发票', 'E4 is back']) + draw.below(9);
        await centre.stored(interactions.saveNotes(work.interactionId, agent, notes, rev));
        return;
      }
      case 16:
        if (!work) return;
        return centre.stored(
          interactions.dispose(work.interactionId, agent, draw.of(['resolved', 'sale', 'complaint'])),
        );
      case 17:
        if (!work) return;
        return centre.stored(
          calls.chooseCustomer(agent, work.interactionId, draw.of([null, ...this.#customers])),
        );
      case 18:
        if (!work) return;
        return draw.one(3)
          ? calls.extendWrapUp(agent, work.interactionId)
          : calls.finishWrapUp(agent, work.interactionId);
      case 19:
      case 20:
      case 21: {
        const presence = draw.of([
          'available',
          'available',
          'available',
          'available',
          'not-ready',
          'offline',
        ] as const);
        routing.setPresence(
          agent,
          presence,
          presence === 'not-ready' ? draw.of(['lunch', 'break']) : undefined,
        );
        return;
      }
      case 22: {
        const [item] = routing.waiting(['support', 'sales', 'billing'], 10);
        if (!item) return;
        return draw.one(2)
          ? routing.boost(item.itemId, draw.below(600) / 7, 'super1')
          : routing.move(item.itemId, draw.of(['support', 'sales', 'billing']), 'super1');
      }
      case 23:
        return draw.one(2) ? this.#settings() : undefined;
      case 24:
        return draw.one(3) ? this.#killed() : undefined;
      default:
        return;
    }
  }

  async #settings(): Promise<void> {
    const { routing } = this.#centre;
    const queue = routing.queueSettings('support') ?? testQueue;
    const strategy = this.#draw.of(['longest-idle', 'ring-all', 'round-robin'] as const);
    const overflow = this.#draw.one(2)
      ? [{ when: 'waited', value: 20_000, to: { kind: 'queue', queueId: 'sales' } } as const]
      : [];
    await this.#centre.stored(routing.setQueue({ ...queue, strategy, overflow }, 'admin1'));
  }

  /** Facts that are not stored are lost, calls are cut off; what waits to be called back goes on waiting. */
  async #killed(): Promise<void> {
    this.#callers = [];
    this.#centre = await this.#centre.restart();
    const { interactions, routing } = this.#centre;
    await this.#centre.stored(interactions.endOpen(new Map(), (id) => routing.outlived(id)));
    for (const id of AGENTS) if (this.#draw.one(2)) this.#centre.standBy(id);
  }
}

/** What days were about. */
export interface Rebuilt {
  readonly facts: number;
  /** Kinds of facts and how many of each. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Rows of each projected table. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * KE4: lives through random days, rebuilds, and compares every projected table byte by byte. Rejects with what differs,
 * and the seed.
 */
export async function rebuildDays(seed: number, days: number, dialect: Dialect): Promise<Rebuilt> {
  const lived = await Days.begin(seed, dialect);
  try {
    for (let day = 0; day < days; day++) await lived.day();
    await lived.end();
    const { db, journal } = lived.kernel;
    const before = await projectedTables(db);
    const { facts, refused } = await rebuild(db, journal, { projections, derive });
    const differences = unequal(before, await projectedTables(db));
    if (differences.length > 0 || refused > 0)
      throw new Error([...differences, `${refused} refused`].join('\n'));
    const kinds: Record<string, number> = {};
    for await (const batch of journal.all(1_000))
      for (const { type } of batch) kinds[type] = (kinds[type] ?? 0) + 1;
    const rows = Object.fromEntries(Object.entries(before).map(([table, all]) => [table, all.length]));
    return { facts, kinds, rows };
  } catch (error) {
    throw new Error(`${days} days of seed ${seed} on ${dialect}`, { cause: error });
  } finally {
    await lived.close();
  }
}
