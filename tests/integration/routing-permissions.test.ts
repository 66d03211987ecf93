import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandInput, CommandName } from '#shared/contract/index.ts';
import { endpoints } from '#shared/contract/index.ts';
import { queueDefaults } from '#shared/model/routing.ts';
import type { DeskClient } from '../../scripts/traffic/desk.ts';
import {
  type Administration,
  hoursBody,
  profileBody,
  queueBody,
  ROLES,
  startAdministration,
  type WhoAsks,
} from './routing-kit.ts';

let admin: Administration;
beforeAll(async () => {
  admin = await startAdministration();
  await admin.freeKeys(9);
});
afterAll(() => admin.centre.stop());

const all: readonly WhoAsks[] = ROLES;
const managers: readonly WhoAsks[] = ['supervisor', 'administrator'];
const administrator: readonly WhoAsks[] = ['administrator'];
const agent1 = { profileId: 'p1', skills: {}, rank: 1 };
let users = 0;

/** Who may do what, written out: not read from the table the server decides by. In an order in which all succeed. */
const matrix: readonly [
  method: string,
  path: string,
  body: unknown | (() => unknown),
  may: readonly WhoAsks[],
][] = [
  ['GET', '/api/work', undefined, all],
  ['GET', '/api/routing', undefined, managers],
  ['PUT', '/api/routing/skills/s1', { name: 'Welsh' }, administrator],
  ['PUT', '/api/routing/hours/h1', hoursBody, administrator],
  ['PUT', '/api/routing/queues/q1', queueBody, administrator],
  ['PUT', '/api/routing/profiles/p1', profileBody, administrator],
  ['PUT', '/api/routing/profiles/p2', profileBody, administrator],
  ['PUT', '/api/routing/agents/agent1', agent1, managers],
  ['PUT', '/api/routing/reasons/r1', { name: 'Dentist' }, administrator],
  ['PUT', '/api/routing/dispositions/d1', { name: 'Sold', key: 9 }, administrator],
  ['DELETE', '/api/routing/dispositions/d1', undefined, administrator],
  ['DELETE', '/api/routing/reasons/r1', undefined, administrator],
  ['DELETE', '/api/routing/profiles/p2', undefined, administrator],
  ['DELETE', '/api/routing/queues/q1', undefined, administrator],
  ['DELETE', '/api/routing/hours/h1', undefined, administrator],
  ['DELETE', '/api/routing/skills/s1', undefined, administrator],
  ['GET', '/api/board', undefined, managers],
  ['GET', '/api/users', undefined, administrator],
  [
    'POST',
    '/api/users',
    () => ({ username: `user${++users}`, name: 'U', roles: ['agent'], password: 'demo', routing: agent1 }),
    administrator,
  ],
];

describe('who may set and see routing', () => {
  it('A3 the matrix below leaves out no endpoint of routing and work', () => {
    const listed = matrix.map(([method, path]) => `${method} ${path.replace(/\/[^/]+$/, '/:id')}`);
    const inContract = Object.values(endpoints)
      .filter(({ path }) => /^\/api\/routing\/.*:id/.test(path))
      .map(({ method, path }) => `${method} ${path}`);
    expect(inContract).toHaveLength(13);
    expect(listed).toEqual(expect.arrayContaining(inContract));
  });

  it.each(matrix)('A3 %s %s', async (method, path, given, may) => {
    const body = (): unknown => (typeof given === 'function' ? given() : given);
    const before = JSON.stringify(await admin.settings());
    const changesBefore = (await admin.changes()).length;
    for (const who of ['nobody', ...ROLES] as const) {
      if (may.includes(who)) continue;
      const { status, code } = await admin.ask(method, path, body(), who);
      expect([who, status, code]).toEqual(
        who === 'nobody' ? [who, 401, 'session.required'] : [who, 403, 'forbidden'],
      );
    }
    expect(JSON.stringify(await admin.settings())).toBe(before);
    expect(await admin.changes()).toHaveLength(changesBefore);
    // Only the last may, where a second time would find nothing any more.
    const allowed = method === 'DELETE' ? may.slice(-1) : may;
    for (const who of allowed) {
      const { status, message } = await admin.ask(method, path, body(), who);
      expect([who, status, message]).toEqual([who, 200, undefined]);
    }
  });

  it('A3 the queues of a new centre are set in full: what an administrator reads can be sent back', async () => {
    const { queues, profiles, agents } = await admin.settings();
    expect(queues.map(({ id }) => id)).toEqual(expect.arrayContaining(['support', 'sales', 'billing']));
    for (const { id, ...body } of queues) {
      expect(Object.keys(body)).toEqual(expect.arrayContaining(Object.keys(queueDefaults)));
      expect((await admin.put(`/api/routing/queues/${id}`, body)).body).toEqual({ id, ...body });
    }
    for (const { id, ...body } of profiles)
      expect((await admin.put(`/api/routing/profiles/${id}`, body)).body).toEqual({ id, ...body });
    for (const { id, name: _, ...body } of agents)
      expect((await admin.put(`/api/routing/agents/${id}`, body)).body).toEqual({ id, ...body });
  });
});

describe('who may command', () => {
  const desks = {} as Record<(typeof ROLES)[number], DeskClient>;
  beforeAll(async () => {
    for (const role of ROLES) desks[role] = await admin.desk(role);
    admin.enqueue('w1', 'sales');
  });
  afterAll(async () => {
    for (const desk of Object.values(desks)) await desk.close();
  });

  const commands: readonly {
    [N in CommandName]: readonly [N, CommandInput<N>, readonly WhoAsks[]];
  }[CommandName][] = [
    ['work.move', { itemId: 'w1', queue: 'billing' }, managers],
    ['work.boost', { itemId: 'w1', boost: 50 }, managers],
    ['agent.presence', { agentId: 'agent1', presence: 'offline' }, managers],
    ['board.watch', { on: false }, managers],
  ];
  it.each(commands)('G6 %s', async (name, input, may) => {
    for (const role of ROLES) {
      const answer = await desks[role].command(name, input as never).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      expect([role, answer]).toEqual([role, may.includes(role) ? 'done' : 'forbidden']);
    }
  });
});
