import { afterEach, expect, it } from 'vitest';
import {
  FakeClock,
  journalMigrations,
  localBus,
  openDatabase,
  openJournal,
  silentLog,
  sqliteOnly,
  tablesOf,
} from '#server/kernel/index.ts';
import { dialects, freshDatabase } from '../../tests/kits/databases/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { RoutingWorld } from '../../tests/support/routing.ts';
import { dump, remake } from '../../tests/support/routing-tables.ts';
import { routingMigrations } from './index.ts';

/** A centre as the first release left it, in the middle of work. */
const old = `
  INSERT INTO queue VALUES
    ('support', 'Support', 'longest-idle', 25000, 'timed', 30000, 15000, 30000, 15000, 10000, 20000, 1, 8000),
    ('sales', 'Sales', 'longest-idle', 20000, 'none', 0, 0, 1000, 1000, 1000, 20000, 0, 8000),
    ('direct', 'Mine', 'longest-idle', 20000, 'none', 0, 0, 1000, 1000, 1000, 20000, 0, 8000);
  INSERT INTO routed_agent VALUES ('z'), ('a'), ('b'), ('c');
  INSERT INTO agent_queue VALUES
    ('z', 'sales', 0), ('z', 'support', 1), ('a', 'support', 0), ('a', 'sales', 1), ('b', 'sales', 0), ('b', 'support', 1);
  DELETE FROM not_ready_reason WHERE id = 'lunch';
  INSERT INTO not_ready_reason VALUES ('golf', 'Golf', 0);
  INSERT INTO agent_state VALUES
    ('a', 'available', NULL, NULL, NULL, 'on-work', 100), ('b', 'available', NULL, 'not-ready', 'golf', 'wrap-up', 50),
    ('z', 'available', NULL, NULL, NULL, 'not-responding', 70), ('c', 'available', NULL, NULL, NULL, 'idle', 20);
  INSERT INTO open_work VALUES
    ('i1', 'x1', 'support', 'in-hands', NULL, 'a'), ('i2', 'x2', 'sales', 'wrap-up', NULL, 'b'),
    ('i3', 'x3', 'sales', 'offered', 'offer_3', 'c'), ('i4', 'x4', 'sales', 'waiting', NULL, NULL);`;

/** As the third release left its tables: what was asked for in one document, numbers to call back in it and in the facts. */
const third = `
  INSERT INTO routing_setting (kind, id, data) VALUES
    ('queue', 'mail', '{"id":"mail","name":"Mail","strategy":"longest-idle","offerMs":20000,"wrapUp":{"mode":"mandatory","ms":0,"extendMs":0},"retryMs":{"noAnswer":0,"declined":30000,"busy":15000,"failed":10000},"targetMs":20000,"record":false,"ringMs":8000,"skills":{},"relax":[],"tiersMs":[0],"score":{"priority":3600,"ageing":1,"urgency":1},"maxWaiting":null,"hours":null,"closed":false,"overflow":[]}'),
    ('skill', 'french', '{"id":"french","name":"French"}'),
    ('profile', 'p', '{"id":"p","name":"P","queues":[{"queueId":"mail","tier":1}],"capacity":{"email":1,"callback":1},"interrupts":{}}'),
    ('agent', 'a', '{"id":"a","profileId":"p","skills":{},"rank":1}'), ('agent', 'b', '{"id":"b","profileId":"p","skills":{},"rank":1}');
  INSERT INTO journal ("partition", seq, epoch, at, type, version, interaction_id, agent_id, data) VALUES
    ('main', 1, 0, 1000, 'agent.presence', 1, NULL, 'a', '{"agentId":"a","presence":"available"}'),
    ('main', 2, 0, 1000, 'agent.presence', 1, NULL, 'b', '{"agentId":"b","presence":"available"}'),
    ('main', 3, 0, 1001, 'work.arrived', 2, 'x1', NULL, '{"itemId":"i1","interactionId":"x1","queueId":"mail","channel":"email","priority":0}'),
    ('main', 4, 0, 1001, 'offer.made', 1, 'x1', 'a', '{"itemId":"i1","interactionId":"x1","queueId":"mail","agentId":"a","offerId":"o1","expiresAt":21001,"why":"longest-idle","among":2}'),
    ('main', 5, 0, 1002, 'offer.ended', 1, 'x1', 'a', '{"itemId":"i1","interactionId":"x1","queueId":"mail","agentId":"a","offerId":"o1","outcome":"accepted"}'),
    ('main', 6, 0, 1003, 'work.ended', 1, 'x1', 'a', '{"itemId":"i1","interactionId":"x1","queueId":"mail","end":"completed","agentId":"a"}'),
    ('main', 7, 0, 1003, 'wrap-up.started', 1, 'x1', 'a', '{"itemId":"i1","interactionId":"x1","queueId":"mail","agentId":"a","mode":"mandatory","deadline":null}'),
    ('main', 8, 0, 1004, 'work.arrived', 2, 'x2', NULL, '{"itemId":"i2","interactionId":"x2","queueId":"mail","channel":"call","priority":1,"ewtMs":5000,"asks":{"skills":{"french":2},"preferred":{"agentId":"b","holdMs":8000},"dueAt":9000,"boost":1.5}}'),
    ('main', 9, 0, 1005, 'work.called-back', 2, 'x3', NULL, '{"itemId":"i2","interactionId":"x3","queueId":"mail"}'),
    ('main', 10, 0, 1006, 'work.unheld', 1, 'x3', NULL, '{"itemId":"i2","interactionId":"x3","queueId":"mail"}'),
    ('main', 11, 0, 1007, 'offer.made', 1, 'x3', 'b', '{"itemId":"i2","interactionId":"x3","queueId":"mail","agentId":"b","offerId":"o2","expiresAt":21007,"why":"preferred","among":1}'),
    ('main', 12, 0, 1008, 'offer.ended', 1, 'x3', 'b', '{"itemId":"i2","interactionId":"x3","queueId":"mail","agentId":"b","offerId":"o2","outcome":"declined"}'),
    ('main', 13, 0, 1009, 'work.moved', 1, 'x3', NULL, '{"itemId":"i2","interactionId":"x3","queueId":"mail","from":"sales","why":"waited"}'),
    ('main', 14, 0, 1010, 'offer.made', 1, 'x3', 'b', '{"itemId":"i2","interactionId":"x3","queueId":"mail","agentId":"b","offerId":"o3","expiresAt":21010,"why":"preferred","among":1}');
  UPDATE head SET seq = 14;
  INSERT INTO agent_state (agent_id, presence, since, free_seq) VALUES ('a', 'available', 1000, 6), ('b', 'available', 1000, 12);
  INSERT INTO open_item (seq, item_id, interaction_id, queue_id, channel, priority, asks, arrived_at, queued_at, ewt_ms, declined, visited)
    VALUES (8, 'i2', 'x3', 'mail', 'callback', 1,
      '{"skills":{"french":2},"preferred":{"agentId":"b","holdMs":0},"dueAt":9000,"boost":1.5,"attributes":{"uri":"sip:7@10.0.0.1","topic":"bill"}}',
      1004, 1009, 5000, '["b"]', '["sales"]');
  INSERT INTO open_offer (seq, offer_id, item_id, interaction_id, queue_id, agent_id) VALUES (14, 'o3', 'i2', 'x3', 'mail', 'b');
  INSERT INTO open_wrap_up (seq, item_id, interaction_id, queue_id, agent_id, mode, deadline, since)
    VALUES (7, 'i1', 'x1', 'mail', 'a', 'mandatory', NULL, 1003);`;

let world: RoutingWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** A database that was filled so after this many steps of routing, and then brought up to date. */
async function kernelOf(planted: string, steps: number) {
  const clock = new FakeClock();
  const migrations = [
    ...journalMigrations,
    ...routingMigrations.slice(0, steps),
    sqliteOnly('planted', planted),
    ...routingMigrations.slice(steps),
  ];
  const db = await openDatabase(await freshDatabase('sqlite'), migrations, () => clock.now());
  const { ids } = await testKernel();
  const bus = localBus(() => undefined);
  return { clock, db, ids, bus, journal: await openJournal(db, clock, silentLog), log: silentLog };
}

it('an installation of the first release keeps its queues, agents, lists of queues, reasons and states; what was open is ended', async () => {
  world = await RoutingWorld.open({ kernel: await kernelOf(old, 1) });
  const { routing } = world;
  expect(routing.queues().map(({ id }) => id)).toEqual(['support', 'sales']);
  expect(routing.queueSettings('support')).toEqual({
    id: 'support',
    name: 'Support',
    strategy: 'longest-idle',
    offerMs: 25_000,
    wrapUp: { mode: 'timed', ms: 30_000, extendMs: 15_000 },
    retryMs: { noAnswer: 0, declined: 30_000, busy: 15_000, failed: 10_000 },
    targetMs: 20_000,
    record: true,
    ringMs: 8_000,
    skills: {},
    relax: [],
    tiersMs: [0],
    score: { priority: 3_600, ageing: 1, urgency: 1 },
    maxWaiting: null,
    hours: null,
    closed: false,
    overflow: [],
  });
  expect(routing.queueSettings('direct')?.name).toBe('Direct');
  expect(routing.profiles().map(({ name, queues }) => [name, queues.map(({ queueId }) => queueId)])).toEqual([
    ['Sales, Support', ['sales', 'support']],
    ['Support, Sales', ['support', 'sales']],
    ['No queues', []],
  ]);
  const profile = (id: string) => routing.agentRouting(id)?.profileId;
  expect(profile('b')).toBe(profile('z')); // the same list
  expect(profile('a')).not.toBe(profile('z'));
  expect(routing.agentRouting('c')).toMatchObject({ skills: {}, rank: 1 });
  expect(routing.reasons().map(({ id }) => id)).toEqual([
    'golf',
    'break',
    'training',
    'meeting',
    'follow-up',
  ]);

  const states = routing.agents().map(({ id, state, reason }) => [id, state, reason]);
  states.sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  expect(states).toEqual([
    ['a', 'idle', undefined],
    ['b', 'not-ready', 'golf'],
    ['c', 'idle', undefined],
    ['z', 'not-responding', undefined],
  ]);
  expect((await world.facts('work.ended')).map(({ itemId, end, agentId }) => [itemId, end, agentId])).toEqual(
    [
      ['i1', 'server-restart', 'a'],
      ['i3', 'server-restart', undefined],
      ['i4', 'server-restart', undefined],
    ],
  );
  expect(await world.facts('offer.ended')).toMatchObject([
    { offerId: 'offer_3', agentId: 'c', outcome: 'revoked' },
  ]);
  expect(await world.facts('wrap-up.ended')).toMatchObject([{ itemId: 'i2', agentId: 'b' }]);
});

it('an installation of the third release goes on with its work, and people’s words stand outside of what is rebuilt', async () => {
  const kernel = await kernelOf(third, 3);
  const { db, journal } = kernel;
  const moved = await dump(db);
  expect(moved.work_words).toEqual([
    { item_id: 'i2', attributes: '{"uri":"sip:7@10.0.0.1","topic":"bill"}' },
  ]);
  expect(moved.open_wrap_up).toMatchObject([{ item_id: 'i1', channel: 'email' }]);
  expect(moved.open_item).toMatchObject([
    {
      item_id: 'i2',
      skills: '{"french":2}',
      preferred: 'b',
      hold_ms: 0,
      boost: 1.5,
      declined: 'b ',
      visited: 'sales ',
    },
  ]);
  const { seat_count: _, ...before } = moved; // the journal of this test knows more of that than its tables
  await remake(db, journal);
  const { seat_count: __, ...after } = await dump(db);
  expect(after).toEqual(before);

  world = await RoutingWorld.open({ kernel });
  const { routing } = world;
  expect(routing.agent('a')).toMatchObject({
    state: 'wrap-up',
    hands: [{ itemId: 'i1', channel: 'email', phase: 'wrap-up' }],
  });
  expect(routing.explain('i2')).toMatchObject({
    channel: 'callback',
    interactionId: 'x3',
    arrivedAt: 1004,
    dueAt: 9000,
    skills: { french: 2 },
    score: { boost: 1.5 },
  });
  await routing.setAgent({ id: 'b', profileId: 'p', skills: { french: 5 }, rank: 1 }, {}, 'test');
  routing.setReachable('b', true);
  expect(world.offers.at(-1)).toMatchObject({
    itemId: 'i2',
    agentId: 'b',
    attributes: { uri: 'sip:7@10.0.0.1', topic: 'bill' },
  });
});

it('an empty centre has the reasons everybody has, and nothing else', async () => {
  for (const dialect of dialects) {
    const empty = await RoutingWorld.open({ dialect });
    const { routing } = empty;
    expect([routing.queues(), routing.agents(), routing.profiles(), routing.skills()]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    expect(routing.reasons()).toEqual([
      { id: 'break', name: 'Break' },
      { id: 'lunch', name: 'Lunch' },
      { id: 'training', name: 'Training' },
      { id: 'meeting', name: 'Meeting' },
      { id: 'follow-up', name: 'Follow-up' },
    ]);
    await empty.close();
  }
});

it('both databases have the same tables', async () => {
  const tables = [];
  for (const dialect of dialects) {
    const { db } = await testKernel(routingMigrations, dialect);
    tables.push(await tablesOf(db));
    await db.close();
  }
  for (const other of tables) expect(other).toEqual(tables[0]);
});
