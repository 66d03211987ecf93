import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeClock, Journal, journalMigrations, openDatabase, silentLog } from '#server/kernel/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { RoutingWorld } from '../../tests/support/routing.ts';
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

describe('an installation of the first release', () => {
  it('keeps its queues, agents, lists of queues, reasons and states; what was open is ended', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-routing-'));
    try {
      const path = join(folder, 'cordboard.db');
      const clock = new FakeClock();
      const first = openDatabase(
        path,
        [...journalMigrations, ...routingMigrations.slice(0, 1)],
        clock.now.bind(clock),
      );
      first.file.exec(old);
      first.close();
      const db = openDatabase(path, [...journalMigrations, ...routingMigrations], clock.now.bind(clock));
      const { ids } = testKernel();
      const world = new RoutingWorld({
        clock,
        db,
        ids,
        journal: new Journal(db, clock, silentLog),
        log: silentLog,
      });
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
      expect(
        routing.profiles().map(({ name, queues }) => [name, queues.map(({ queueId }) => queueId)]),
      ).toEqual([
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
      expect(world.facts('work.ended').map(({ itemId, end, agentId }) => [itemId, end, agentId])).toEqual([
        ['i1', 'server-restart', 'a'],
        ['i3', 'server-restart', undefined],
        ['i4', 'server-restart', undefined],
      ]);
      expect(world.facts('offer.ended')).toMatchObject([
        { offerId: 'offer_3', agentId: 'c', outcome: 'revoked' },
      ]);
      expect(world.facts('wrap-up.ended')).toMatchObject([{ itemId: 'i2', agentId: 'b' }]);
      routing.stop();
      db.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('without anybody in it starts empty, with the reasons everybody has', () => {
    const { routing } = new RoutingWorld();
    expect([routing.queues(), routing.agents(), routing.profiles(), routing.skills()]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    expect(routing.reasons().map(({ id }) => id)).toEqual([
      'break',
      'lunch',
      'training',
      'meeting',
      'follow-up',
    ]);
  });
});
