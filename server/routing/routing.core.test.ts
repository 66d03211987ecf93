import { describe, expect, it } from 'vitest';
import { agentOf, queueOf, World } from '../../tests/kits/routing/world.ts';
import type { RoutingEvent } from './events.core.ts';

/**
 * Every event in every state of an agent `a`, who serves `q` (timed wrap-up), has the item `i1` or had it, with `i2`
 * waiting in `r`, which it does not serve. Each cell: the state of `a` after it, or the refusal with nothing changed.
 */
const prepared = {
  idle: () => ready(),
  offered: () => ready((world) => world.call('q', { id: 'i1' })),
  'on-work': () =>
    ready((world) => {
      world.call('q', { id: 'i1' });
      world.accept('a');
    }),
  'wrap-up': () =>
    ready((world) => {
      world.call('q', { id: 'i1' });
      world.accept('a');
      world.end('i1');
    }),
  'not-ready': () => ready((world) => world.presence('a', 'not-ready', 'lunch')),
  'not-responding': () =>
    ready((world) => {
      world.call('q', { id: 'i1' });
      world.advance(20_000);
      world.withdraw('i1');
    }),
  offline: () => ready((world) => world.presence('a', 'offline')),
  /** Removed with work in hand: still there, until it ends. */
  removed: () =>
    ready((world) => {
      world.call('q', { id: 'i1' });
      world.accept('a');
      world.do({ type: 'agent.removed', agentId: 'a' });
    }),
  unknown: () => ready((world) => world.do({ type: 'agent.removed', agentId: 'a' })),
} as const;
type Column = keyof typeof prepared;
const COLUMNS = Object.keys(prepared) as Column[];

function ready(then: (world: World) => void = () => {}): World {
  const world = new World();
  const wrapUp = { mode: 'timed', ms: 60_000, extendMs: 1_000 } as const;
  for (const id of ['q', 'r']) world.queue(id, { wrapUp, strategy: id === 'q' ? 'longest-idle' : 'linear' });
  world.agent('a', 'q');
  world.call('r', { id: 'i2' });
  then(world);
  return world;
}

/** `=`: the state it was in. One entry for all states, or one for each column. */
type Row = readonly [name: string, event: (world: World) => RoutingEvent, cells: string];
const offerOf = (world: World): string => world.offer('a')?.id ?? 'o1';
const rows: readonly Row[] = [
  // columns:                                          idle offered on-work wrap-up not-ready not-responding offline removed unknown
  ['available', () => presence('available'), 'idle = = = idle idle idle !not-found !not-found'],
  [
    'not ready',
    () => presence('not-ready'),
    'not-ready = = = not-ready not-ready not-ready !not-found !not-found',
  ],
  ['offline', () => presence('offline'), 'offline offline = = offline offline offline !not-found !not-found'],
  ['phone gone', () => ({ type: 'reachable.set', agentId: 'a', reachable: false }), '='],
  ['phone back', () => ({ type: 'reachable.set', agentId: 'a', reachable: true }), '='],
  ['work arrives', () => arrives('q'), 'offered = = = = = = = ='],
  ['a second time', () => ({ ...arrives('q'), item: { ...work('q'), id: 'i2' } }), '!conflict'],
  ['in an unknown queue', () => arrives('nowhere'), '!queue.unknown'],
  [
    'for it alone',
    () => ({ type: 'item.arrived', item: { ...work('direct'), onlyAgent: 'a' } }),
    'offered !conflict !conflict !conflict !conflict !conflict !conflict !conflict !conflict',
  ],
  [
    'work restored',
    () => ({ type: 'item.restored', item: work('q'), arrivedAt: 1, queuedAt: 2 }),
    'offered = = = = = = = =',
  ],
  [
    'its work withdrawn',
    () => ({ type: 'item.withdrawn', itemId: 'i1', end: 'failed' }),
    '= idle wrap-up = = = = - =',
  ],
  ['its work ended', () => ({ type: 'work.ended', itemId: 'i1' }), '= = wrap-up = = = = - ='],
  ['other work ended', () => ({ type: 'work.ended', itemId: 'i2' }), '='],
  ['unknown work ended', () => ({ type: 'work.ended', itemId: 'gone' }), '='],
  [
    'its work moved away',
    () => ({ type: 'item.moved', itemId: 'i1', queueId: 'r' }),
    '!work.unknown idle wrap-up !work.unknown !work.unknown !work.unknown !work.unknown - !work.unknown',
  ],
  ['work moved to it', () => ({ type: 'item.moved', itemId: 'i2', queueId: 'q' }), 'offered = = = = = = = ='],
  ['work moved nowhere', () => ({ type: 'item.moved', itemId: 'i2', queueId: 'nowhere' }), '!queue.unknown'],
  [
    'its work boosted',
    () => ({ type: 'item.boosted', itemId: 'i1', boost: 9 }),
    '!work.unknown = = !work.unknown !work.unknown !work.unknown !work.unknown = !work.unknown',
  ],
  [
    'its work called back',
    () => ({ type: 'item.called-back', itemId: 'i1' }),
    '!work.unknown = !conflict !work.unknown !work.unknown !work.unknown !work.unknown !conflict !work.unknown',
  ],
  [
    'accepts',
    (world) => ({ type: 'offer.accepted', offerId: offerOf(world) }),
    '!offer.gone on-work !offer.gone !offer.gone !offer.gone !offer.gone !offer.gone !offer.gone !offer.gone',
  ],
  [
    'declines',
    (world) => ({ type: 'offer.declined', offerId: offerOf(world), outcome: 'declined' }),
    '= idle = = = = = = =',
  ],
  [
    'offer runs out',
    (world) => ({ type: 'offer.expired', offerId: offerOf(world) }),
    '= not-responding = = = = = = =',
  ],
  ['grace is over', (world) => ({ type: 'grace.over', offerId: offerOf(world), at: 0 }), '='],
  [
    'finishes wrap-up',
    () => ({ type: 'wrap-up.finished', agentId: 'a', itemId: 'i1' }),
    '!wrap-up.none !wrap-up.none !wrap-up.none idle !wrap-up.none !wrap-up.none !wrap-up.none !wrap-up.none !wrap-up.none',
  ],
  [
    'extends wrap-up',
    () => ({ type: 'wrap-up.extended', agentId: 'a', itemId: 'i1' }),
    '!wrap-up.none !wrap-up.none !wrap-up.none = !wrap-up.none !wrap-up.none !wrap-up.none !wrap-up.none !wrap-up.none',
  ],
  [
    'wrap-up runs out',
    (world) => ({
      type: 'wrap-up.expired',
      agentId: 'a',
      itemId: 'i1',
      deadline: world.hand('a')?.wrapUp?.deadline ?? 0,
    }),
    '= = = idle = = = = =',
  ],
  ['a late wrap-up timer', () => ({ type: 'wrap-up.expired', agentId: 'a', itemId: 'i1', deadline: 1 }), '='],
  ['a late delay', () => ({ type: 'retry.due', agentId: 'a', queueId: 'q', until: 1 }), '='],
  ['a late ring', () => ({ type: 'item.due', itemId: 'i1', at: 1 }), '='],
  ['a late watch', () => ({ type: 'no-agents.due', queueId: 'q', at: 1 }), '='],
  ['set again', () => ({ type: 'agent.set', agent: agentOf('a', ['q']) }), '= = = = = = = = offline'],
  [
    'set for the other queue',
    () => ({ type: 'agent.set', agent: agentOf('a', ['r']) }),
    'offered = = = = = = = offline',
  ],
  [
    'set for an unknown queue',
    () => ({ type: 'agent.set', agent: agentOf('a', ['nowhere']) }),
    '!queue.unknown',
  ],
  ['removed', () => ({ type: 'agent.removed', agentId: 'a' }), '- - = - - - - = ='],
  ['its queue set', () => ({ type: 'queue.set', queue: queueOf('q') }), '='],
  [
    'with unknown hours',
    () => ({ type: 'queue.set', queue: queueOf('q', { hours: 'h' }) }),
    '!hours.unknown',
  ],
  ['the built-in queue set', () => ({ type: 'queue.set', queue: queueOf('direct') }), '!conflict'],
  [
    'its queue removed',
    () => ({ type: 'queue.removed', queueId: 'q' }),
    '= !conflict !conflict = = = = !conflict =',
  ],
  ['the other queue removed', () => ({ type: 'queue.removed', queueId: 'r' }), '!conflict'],
  ['an unknown queue removed', () => ({ type: 'queue.removed', queueId: 'nowhere' }), '='],
  [
    'hours set',
    () => ({ type: 'hours.set', hours: { id: 'h', name: 'h', zone: 'UTC', weekly: {}, holidays: [] } }),
    '=',
  ],
  ['hours removed', () => ({ type: 'hours.removed', hoursId: 'h' }), '='],
  ['counters reset', () => ({ type: 'counters.reset' }), '='],
];

const presence = (to: 'available' | 'not-ready' | 'offline'): RoutingEvent => ({
  type: 'presence.set',
  agentId: 'a',
  presence: to,
  reason: undefined,
});
const work = (queueId: string) =>
  ({ id: 'i3', interactionId: 'x3', channel: 'call', queueId, priority: 0 }) as const;
const arrives = (queueId: string) => ({ type: 'item.arrived', item: work(queueId) }) as const;

/** Everything there is to see, but for the clock. */
const all = ({ core, now }: World): string =>
  JSON.stringify([
    core.agents(),
    core.queues(now),
    core.openItems,
    core.explain('i1', now),
    core.explain('i2', now),
  ]);

describe('every event in every state of an agent is answered (R14)', () => {
  it.each(rows)('%s', (_, event, cells) => {
    const words = cells.split(' ');
    const answers = COLUMNS.map((column) => {
      const world = prepared[column]();
      const was = world.state('a') ?? '-';
      expect(was).toBe({ removed: 'on-work', unknown: '-' }[column as string] ?? column);
      const before = all(world);
      world.do(event(world));
      const refusal = world.refused()?.split(' ')[0];
      if (refusal !== undefined) {
        expect([world.last.length, all(world)]).toEqual([1, before]);
        return `!${refusal}`;
      }
      const is = world.state('a') ?? '-';
      return is === was ? '=' : is;
    });
    const expected = COLUMNS.map((column, i) => {
      const word = words.length === 1 ? words[0] : words[i];
      return word === column ? '=' : word;
    });
    expect(Object.fromEntries(COLUMNS.map((column, i) => [column, answers[i]]))).toEqual(
      Object.fromEntries(COLUMNS.map((column, i) => [column, expected[i]])),
    );
  });

  it('every kind of event is in the table', () => {
    const world = ready();
    const kinds = new Set(rows.map(([, event]) => event(world).type));
    expect([...kinds].sort()).toEqual(
      [
        ...['queue.set', 'queue.removed', 'hours.set', 'hours.removed', 'agent.set', 'agent.removed'],
        ...[
          'item.arrived',
          'item.restored',
          'item.withdrawn',
          'item.called-back',
          'item.moved',
          'item.boosted',
        ],
        ...['offer.accepted', 'offer.declined', 'work.ended', 'wrap-up.finished', 'wrap-up.extended'],
        ...[
          'presence.set',
          'reachable.set',
          'counters.reset',
          'offer.expired',
          'grace.over',
          'wrap-up.expired',
        ],
        ...['retry.due', 'item.due', 'no-agents.due'],
      ].sort(),
    );
  });
});
