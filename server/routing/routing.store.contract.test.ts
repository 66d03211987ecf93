import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Db, type Log, type Op, openJournal, type Params, silentLog } from '#server/kernel/index.ts';
import type { Fact } from '#shared/model/facts/index.ts';
import { seeded } from '#shared/model/random.ts';
import { profileDefaults, queueDefaults } from '#shared/model/routing.ts';
import { dialects, onEachDatabase } from '../../tests/kits/databases/index.ts';
import { Model } from '../../tests/kits/routing/model.ts';
import type { World } from '../../tests/kits/routing/world.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { RoutingWorld } from '../../tests/support/routing.ts';
import { dump, remake } from '../../tests/support/routing-tables.ts';
import type { Restored, RoutingEvent } from './events.core.ts';
import { RoutingCore, routingMigrations, routingProjection } from './index.ts';
import {
  type Kind,
  type Kinds,
  readLeft,
  readSettings,
  removeOp,
  saveOp,
  wordsOps,
} from './routing.store.ts';
import { statement } from './routing.tables.ts';

const plant = statement((q, p: Params<{ kind: string; id: string; data: string }>) =>
  q
    .insertInto('routing_setting')
    .values({ kind: p('kind'), id: p('id'), data: p('data') })
    .onConflict((on) => on.columns(['kind', 'id']).doUpdateSet({ data: (e) => e.ref('excluded.data') })),
);
const { capacity } = profileDefaults;
const profile = (id: string, ...queues: string[]): Kinds['profile'] => ({
  id,
  name: id,
  queues: queues.map((queueId) => ({ queueId, tier: 1 })),
  capacity,
  interrupts: {},
});
const agent = (id: string, profileId: string): Kinds['agent'] => ({
  id,
  profileId,
  skills: {},
  rank: 10_000,
});

/** A log that keeps what is said of errors. */
function keptLog(): { log: Log; errors: unknown[] } {
  const errors: unknown[] = [];
  const log: Log = Object.create(silentLog);
  log.error = (fields: unknown) => void errors.push(fields);
  return { log, errors };
}

onEachDatabase('what is kept of routing', (dialect) => {
  let kernel: Awaited<ReturnType<typeof testKernel>>;
  let db: Db;
  beforeEach(async () => {
    kernel = await testKernel(routingMigrations, dialect);
    db = kernel.db;
  });
  afterEach(() => db.close());
  const stored = async (kind: Kind) => [...(await readSettings(db, silentLog))[kind].values()];

  it('settings are found in the order they were made, changed ones in their place, removed ones not', async () => {
    const skill = (id: string, name = id) => saveOp('skill', { id, name });
    await db.write([skill('b'), skill('a'), skill('c')]);
    await db.write([skill('b', 'Béa 中'), removeOp('skill', 'a'), skill('d'), skill('a', 'again')]);
    expect(await stored('skill')).toEqual([
      { id: 'b', name: 'Béa 中' },
      { id: 'c', name: 'c' },
      { id: 'd', name: 'd' },
      { id: 'a', name: 'again' },
    ]);
    const queue = { ...queueDefaults, id: 'q', name: 'Q' } as const;
    await db.write([
      saveOp('queue', queue),
      saveOp('agent', agent('a', 'p')),
      saveOp('profile', profile('p', 'q')),
    ]);
    expect([await stored('queue'), await stored('agent'), await stored('profile')]).toEqual([
      [queue],
      [agent('a', 'p')],
      [profile('p', 'q')],
    ]);
  });

  it('a setting that cannot be read is said once, with its kind and id, and passed over', async () => {
    await db.write([
      saveOp('skill', { id: 'good', name: 'Good' }),
      plant({ kind: 'skill', id: 'torn', data: '{"id":"torn","na' }),
      plant({ kind: 'skill', id: 'other', data: '{"id":"another","name":"x"}' }),
      plant({
        kind: 'queue',
        id: 'newer',
        data: JSON.stringify({ ...queueDefaults, id: 'newer', name: 'N', strategy: 'by-moon' }),
      }),
      plant({ kind: 'agent', id: 'a', data: '[]' }),
      plant({ kind: 'moon', id: 'm', data: '{}' }),
      plant({ kind: 'skill', id: 'more', data: '{"id":"more","name":"More","colour":"red"}' }),
    ]);
    const { log, errors } = keptLog();
    const read = await readSettings(db, log);
    expect([...read.skill.keys()]).toEqual(['good', 'more']);
    expect([[...read.queue], [...read.agent], [...read.unread]]).toEqual([[], [], ['a']]);
    expect(errors.map((fields) => fields as object)).toMatchObject([
      { kind: 'skill', id: 'torn' },
      { kind: 'skill', id: 'other' },
      { kind: 'queue', id: 'newer' },
      { kind: 'agent', id: 'a' },
      { kind: 'moon', id: 'm' },
    ]);
  });

  it('words about work are replaced and erased', async () => {
    const words = async () => (await dump(db)).work_words;
    await db.write(wordsOps({ itemId: 'i1', attributes: { uri: 'sip:1@10.0.0.1' } }));
    await db.write(wordsOps({ itemId: 'i1', attributes: { uri: 'sip:2@10.0.0.1', topic: '中' } }));
    expect(await words()).toEqual([{ item_id: 'i1', attributes: '{"uri":"sip:2@10.0.0.1","topic":"中"}' }]);
    await db.write(wordsOps({ itemId: 'i1', attributes: undefined }));
    expect(await words()).toEqual([]);
  });
});

onEachDatabase('R17 a database that was changed by hand', (dialect) => {
  let world: RoutingWorld;
  const { log, errors } = keptLog();
  beforeEach(async () => {
    const kernel = { ...(await testKernel(routingMigrations, dialect)), log };
    world = await RoutingWorld.open({ kernel });
    for (const id of ['mail', 'other']) await world.queue(id);
    await world.agent('a', ['mail', 'other']);
    await world.agent('b', ['other']);
    errors.length = 0;
  });
  afterEach(() => world.close());
  const damage = async (...broken: [Kind, string][]) => {
    await world.mark();
    await world.kernel.db.write(broken.map(([kind, id]) => plant({ kind, id, data: '{"half' })));
    await world.restart();
    expect(errors).toEqual(
      expect.arrayContaining(broken.map(([kind, id]) => expect.objectContaining({ kind, id }))),
    );
  };
  const mail = { channel: 'email', queueId: 'mail' } as const;

  it('starts without a queue that cannot be read; its profiles serve the others', async () => {
    await damage(['queue', 'mail']);
    const { routing } = world;
    expect(routing.queues().map(({ id }) => id)).toEqual(['other']);
    expect(routing.agent('a')).toMatchObject({ state: 'idle', queues: [{ queueId: 'other', tier: 1 }] });
    await world.queue('mail');
    expect(routing.queue('mail')).toMatchObject({ open: true });
  });

  it('makes such a queue again, closed, while work waits in it; the work goes on', async () => {
    world.routing.setPresence('a', 'not-ready', 'lunch');
    world.item('i1', mail);
    await damage(['queue', 'mail']);
    expect(world.routing.queue('mail')).toMatchObject({ waiting: 1, open: false });
    expect(await world.facts('routing.changed')).toContainEqual(
      expect.objectContaining({ by: 'system', what: 'queue', subject: 'mail', change: 'set', before: null }),
    );
    await world.mark();
    await world.restart();
    world.routing.setPresence('a', 'available', undefined);
    expect(world.routing.agent('a')?.offer?.itemId).toBe('i1');
  });

  it('an agent whose profile or settings cannot be read serves no queue, and keeps what it has in hand', async () => {
    world.item('i1', mail);
    world.take('a');
    await damage(['profile', 'serves.mail.other'], ['agent', 'b']);
    const { routing } = world;
    expect(routing.agent('a')).toMatchObject({ state: 'on-work', queues: [], hands: [{ itemId: 'i1' }] });
    expect(routing.agent('b')).toMatchObject({ state: 'idle', queues: [] });
    expect([routing.agentRouting('a')?.profileId, routing.agentRouting('b')]).toEqual([
      'serves.mail.other',
      undefined,
    ]);
    await routing.setAgent({ ...agent('b', 'serves.other') }, {}, 'test');
    expect(routing.agent('b')?.queues).toEqual([{ queueId: 'other', tier: 1 }]);
    await world.mark();
    await world.restart();
    expect(world.routing.agent('b')?.queues).toEqual([{ queueId: 'other', tier: 1 }]);
  });

  it('an agent whose settings cannot be read can be removed', async () => {
    await damage(['agent', 'b']);
    await world.routing.removeAgent('b', {}, 'test');
    expect(world.routing.agent('b')).toBeUndefined();
    errors.length = 0;
    await world.restart();
    expect([world.routing.agent('b'), errors]).toEqual([undefined, []]);
  });

  it('a queue whose opening hours cannot be read is open', async () => {
    const never = { id: 'never', name: 'Never', zone: 'UTC', weekly: {}, holidays: [] };
    await world.routing.setHours(never, 'test');
    await world.queue('other', { hours: 'never' });
    expect(world.routing.queue('other')?.open).toBe(false);
    await damage(['hours', 'never']);
    expect(world.routing.queue('other')?.open).toBe(true);
  });

  it('starts without a skill or a reason that cannot be read', async () => {
    await world.routing.setSkill({ id: 'french', name: 'French' }, 'test');
    await damage(['skill', 'french'], ['reason', 'lunch']);
    expect(world.routing.skills()).toEqual([]);
    expect(world.routing.reasons().map(({ id }) => id)).not.toContain('lunch');
  });
});

interface Told {
  readonly at: number;
  readonly fact: Fact;
  readonly words: readonly Op[];
}

/** Every third item has words of its own. */
const wordy = <T extends { readonly id: string }>(item: T): T =>
  /[036]$/.test(item.id) ? { ...item, attributes: { ref: item.id } } : item;
const restored = (hand: Restored['hands'][number]) =>
  hand.item ? { ...hand, item: { ...hand.item, item: wordy(hand.item.item) } } : hand;

/** The same event, of work with words. */
function withWords(event: RoutingEvent): RoutingEvent {
  if (event.type === 'item.arrived' || event.type === 'item.restored')
    return { ...event, item: wordy(event.item) };
  if (event.type === 'agent.set' && event.restored)
    return { ...event, restored: { ...event.restored, hands: event.restored.hands.map(restored) } };
  if (event.type !== 'item.called-back' || !/[036]$/.test(event.itemId)) return event;
  return { ...event, attributes: { uri: `sip:${event.itemId}@10.0.0.1` } };
}

/** What is told in the game of this seed (tests/kits/routing/game.ts), restarts of its centre included. */
function history(seed: number): Told[] {
  const random = seeded(seed);
  const code = (): number => Math.floor(random() * 2 ** 31);
  const model = new Model(code());
  for (let moves = 700; moves > 0; moves--) model.play(code());
  return [...model.past, model.world].flatMap(told);
}

function told({ log, firstOffer }: World): Told[] {
  let offers = firstOffer;
  const core = new RoutingCore({ newOfferId: () => `o${++offers}`, random: seeded(1) });
  return log.flatMap(({ event, now }) =>
    core
      .handle(withWords(event), now)
      .flatMap((effect) =>
        effect.type === 'fact'
          ? [{ at: now, fact: effect.fact, words: effect.words ? wordsOps(effect.words) : [] }]
          : [],
      ),
  );
}

it('R17 what random histories amount to is the same on each database, and the same bytes when made again from the journal', async () => {
  const past = [3, 14, 15, 92, 65].flatMap(history);
  const kinds = new Set(past.map(({ fact }) => fact.type));
  for (const type of [
    'agent.next',
    'offer.ended',
    'work.boosted',
    'work.called-back',
    'work.moved',
    'work.unheld',
    'wrap-up.extended',
  ] as const)
    expect(kinds).toContain(type);
  const dumps: string[] = [];
  const found: unknown[] = [];
  for (const dialect of dialects) {
    const { db, clock } = await testKernel(routingMigrations, dialect);
    const journal = await openJournal(db, clock, silentLog);
    journal.project(routingProjection);
    await journal.import(past);
    const made = await dump(db);
    for (const [table, rows] of Object.entries(made)) expect(rows.length, table).toBeGreaterThan(0);
    const open = new Set(made.open_item.map(({ item_id }) => item_id));
    expect(made.work_words.filter(({ item_id }) => !open.has(item_id ?? ''))).toEqual([]);
    await remake(db, journal);
    dumps.push(JSON.stringify(made), JSON.stringify(await dump(db)));
    found.push(await readLeft(db, silentLog, past.at(-1)?.at ?? 0));
    await db.close();
  }
  for (const other of dumps) expect(other).toBe(dumps[0]);
  for (const other of found) expect(other).toEqual(found[0]);
}, 60_000);
