import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { profileDefaults } from '#shared/model/routing.ts';
import { startApp } from '../support/app.ts';
import {
  type Administration,
  hoursBody,
  profileBody,
  queueBody,
  startAdministration,
} from './routing-kit.ts';

let admin: Administration;
beforeAll(async () => {
  admin = await startAdministration();
  await admin.freeKeys(7, 8, 9);
});
afterAll(() => admin.centre.stop());

const serving = (...queues: string[]) => ({
  ...profileBody,
  queues: queues.map((queueId) => ({ queueId, tier: 1 })),
});

/** Refused with this, and nothing is changed or written down. */
async function refused(ask: Promise<{ status: number; code?: string }>, status: number, code: string) {
  const before = JSON.stringify(await admin.settings());
  const changesBefore = (await admin.changes()).length;
  const answer = await ask;
  expect([answer.status, answer.code]).toEqual([status, code]);
  expect(JSON.stringify(await admin.settings())).toBe(before);
  expect(await admin.changes()).toHaveLength(changesBefore);
  return answer as Awaited<ReturnType<Administration['ask']>>;
}

describe('what an administrator sets', () => {
  it('A17 is answered as it is in force, listed, and renamed in its place', async () => {
    const put = async (path: string, body: object) => {
      const answer = await admin.put(`/api/routing/${path}`, body);
      expect(answer).toEqual({ status: 200, body: { ...body, id: path.split('/')[1] } });
    };
    await put('skills/french', { name: 'Frensh' });
    await put('skills/french', { name: 'French' });
    await put('hours/office', {
      ...hoursBody,
      weekly: { '1': [{ from: '09:00', to: '17:00' }] },
      holidays: [{ date: '2027-12-24', name: 'Christmas Eve', open: [{ from: '09:00', to: '12:00' }] }],
    });
    await put('queues/paris', {
      ...queueBody,
      name: 'Paris',
      skills: { french: 3 },
      hours: 'office',
      maxWaiting: 10,
      relax: [{ afterMs: 30_000, lower: 1, drop: [] }],
      overflow: [{ when: 'closed', value: 0, to: { kind: 'queue', queueId: 'support' } }],
    });
    await put('profiles/francophone', { ...serving('paris', 'support'), name: 'Francophone' });
    await put('agents/agent1', { profileId: 'francophone', skills: { french: 5 }, rank: 7 });
    await put('reasons/dentist', { name: 'Dentist' });
    await put('dispositions/promised', { name: 'Promised to pay', key: 9 });

    const settings = await admin.settings();
    expect(settings.skills).toContainEqual({ id: 'french', name: 'French' });
    expect(settings.hours).toContainEqual(expect.objectContaining({ id: 'office', zone: 'Europe/Berlin' }));
    expect(settings.queues).toContainEqual(
      expect.objectContaining({ id: 'paris', skills: { french: 3 }, hours: 'office', maxWaiting: 10 }),
    );
    expect(settings.profiles).toContainEqual(expect.objectContaining({ id: 'francophone' }));
    expect(settings.agents).toContainEqual({
      id: 'agent1',
      name: 'agent1',
      profileId: 'francophone',
      skills: { french: 5 },
      rank: 7,
    });
    expect(settings.reasons).toContainEqual({ id: 'dentist', name: 'Dentist' });
    expect(settings.dispositions).toContainEqual({ id: 'promised', name: 'Promised to pay', key: 9 });
    expect(admin.centre.app.routing.agent('agent1')).toMatchObject({
      queues: [
        { queueId: 'paris', tier: 1 },
        { queueId: 'support', tier: 1 },
      ],
      skills: { french: 5 },
    });
    const lists = endpoints.lists.response.parse(
      (await admin.ask('GET', '/api/lists', undefined, 'agent')).body,
    );
    expect(lists.queues).toContainEqual({ id: 'paris', name: 'Paris' });
    expect(lists.reasons).toContainEqual({ id: 'dentist', name: 'Dentist' });
    expect(lists.dispositions).toContainEqual({ id: 'promised', name: 'Promised to pay', key: 9 });
  });

  it('A17 what something else needs is not removed: 409, and nothing is changed', async () => {
    await refused(admin.remove('/api/routing/skills/french'), 409, 'routing.in-use');
    const hours = await admin.remove('/api/routing/hours/office');
    expect(hours.details).toMatchObject({ names: ['Paris'] });
    await refused(admin.remove('/api/routing/hours/office'), 409, 'routing.in-use');
    await refused(admin.remove('/api/routing/profiles/francophone'), 409, 'routing.in-use');
    await admin.put('/api/routing/queues/lyon', {
      ...queueBody,
      overflow: [{ when: 'length', value: 5, to: { kind: 'queue', queueId: 'paris' } }],
    });
    await refused(admin.remove('/api/routing/queues/paris'), 409, 'routing.in-use');
    expect((await admin.remove('/api/routing/queues/lyon')).status).toBe(200);
    expect((await admin.remove('/api/routing/queues/paris')).status).toBe(200);
    expect(admin.centre.app.routing.agent('agent1')?.queues).toEqual([{ queueId: 'support', tier: 1 }]);
    const { profiles } = await admin.settings();
    expect(profiles.find(({ id }) => id === 'francophone')?.queues).toEqual([
      { queueId: 'support', tier: 1 },
    ]);
    await admin.put('/api/routing/agents/agent1', { profileId: 'francophone', skills: {}, rank: 1 });
    expect((await admin.remove('/api/routing/skills/french')).status).toBe(200);
    expect((await admin.remove('/api/routing/hours/office')).status).toBe(200);
  });

  it('A17 what does not exist is not removed: 404 in words', async () => {
    for (const [path, code] of [
      ['queues/nowhere', 'queue.unknown'],
      ['skills/klingon', 'skill.unknown'],
      ['profiles/nobody', 'profile.unknown'],
      ['hours/never', 'hours.unknown'],
      ['reasons/none', 'not-found'],
      ['dispositions/none', 'not-found'],
      ['skills/french', 'skill.unknown'], // removed above
    ] as const) {
      const { message } = await refused(admin.remove(`/api/routing/${path}`), 404, code);
      expect(message).toMatch(/no such/);
    }
  });

  it('A17 what is named must exist', async () => {
    const queue = (more: object) => admin.put('/api/routing/queues/new', { ...queueBody, ...more });
    const overflow = (to: object) => ({ overflow: [{ when: 'waited', value: 1000, to }] });
    await refused(queue({ skills: { klingon: 1 } }), 404, 'skill.unknown');
    await refused(queue({ hours: 'never' }), 404, 'hours.unknown');
    await refused(queue(overflow({ kind: 'queue', queueId: 'nowhere' })), 404, 'queue.unknown');
    await refused(queue(overflow({ kind: 'queue', queueId: 'direct' })), 404, 'queue.unknown');
    const flow = await refused(queue(overflow({ kind: 'flow', flowId: 'no-flow' })), 400, 'bad-request');
    expect(flow.details).toEqual({
      issues: [{ path: 'overflow.0.to.flowId', message: 'there is no such flow' }],
    });
    await refused(admin.put('/api/routing/profiles/new', serving('nowhere')), 404, 'queue.unknown');
    await refused(admin.put('/api/routing/profiles/new', serving('direct')), 404, 'queue.unknown');
    const agent = { profileId: 'francophone', skills: {}, rank: 1 };
    const nobody = { ...agent, profileId: 'nobody' };
    await refused(admin.put('/api/routing/agents/agent1', nobody), 404, 'profile.unknown');
    const klingon = { ...agent, skills: { klingon: 5 } };
    await refused(admin.put('/api/routing/agents/agent1', klingon), 404, 'skill.unknown');
    await refused(admin.put('/api/routing/agents/no-such-user', agent), 404, 'not-found');
  });

  it('A18 bad settings are refused field by field; the built-in queue is left alone', async () => {
    const bad = {
      ...queueBody,
      name: '',
      offerMs: 10,
      retryMs: { ...queueBody.retryMs, busy: 0 },
      wrapUp: { mode: 'timed', ms: 5, extendMs: 0 },
    };
    const answer = await refused(admin.put('/api/routing/queues/new', bad), 400, 'bad-request');
    expect(answer.details).toEqual({
      issues: [
        { path: 'name', message: 'must not be empty' },
        { path: 'offerMs', message: 'must be at least 1000' },
        { path: 'retryMs.busy', message: 'must be at least 1000' },
        { path: 'wrapUp.ms', message: 'a timed wrap-up lasts at least 1000 ms' },
      ],
    });
    const untimed = { ...queueBody, wrapUp: { mode: 'timed', ms: 5, extendMs: 0 } };
    const late = await refused(admin.put('/api/routing/queues/new', untimed), 400, 'bad-request');
    expect(late.message).toBe('wrapUp.ms: a timed wrap-up lasts at least 1000 ms');
    const direct = await refused(admin.put('/api/routing/queues/direct', queueBody), 400, 'bad-request');
    expect(direct.message).toContain('id: is kept for');
    await refused(admin.remove('/api/routing/queues/direct'), 409, 'conflict');
  });

  it.each(['%20', 'a%20b', '..%2f', '%00', '__proto__', 'x'.repeat(65), '-a', 'caf%C3%A9'])(
    'A4 %s is no id',
    async (id) => {
      for (const kind of ['queues', 'skills', 'profiles', 'hours', 'agents', 'reasons', 'dispositions']) {
        const answer = await refused(admin.put(`/api/routing/${kind}/${id}`, {}), 400, 'bad-request');
        expect(answer.message).toMatch(/^id: /);
        if (kind === 'agents') continue; // users are not removed
        await refused(admin.remove(`/api/routing/${kind}/${id}`), 400, 'bad-request');
      }
    },
  );

  it.each([null, [], 'text', 7, { __proto__: null, constructor: { prototype: 1 } }])(
    'A4 a body that is %j is refused everywhere, and is never a bug',
    async (body) => {
      for (const kind of ['queues', 'skills', 'profiles', 'hours', 'agents', 'reasons', 'dispositions'])
        await refused(admin.put(`/api/routing/${kind}/new`, body), 400, 'bad-request');
    },
  );

  it.each(['constructor', 'toString', 'hasOwnProperty'])('A17 %s is an id like any other', async (id) => {
    expect((await admin.put(`/api/routing/skills/${id}`, { name: 'Odd' })).status).toBe(200);
    const odd = { profileId: 'francophone', skills: { [id]: 2 }, rank: 1 };
    expect((await admin.put('/api/routing/agents/agent1', odd)).body).toMatchObject({ skills: { [id]: 2 } });
    await refused(admin.remove(`/api/routing/skills/${id}`), 409, 'routing.in-use');
    await admin.put('/api/routing/agents/agent1', { ...odd, skills: {} });
    expect((await admin.remove(`/api/routing/skills/${id}`)).status).toBe(200);
  });

  it('A17 two dispositions do not have the same key', async () => {
    const answer = await refused(
      admin.put('/api/routing/dispositions/other', { name: 'Other', key: 9 }),
      409,
      'conflict',
    );
    expect(answer.message).toBeTruthy();
    // Its own key is free for it.
    const again = await admin.put('/api/routing/dispositions/promised', { name: 'Promised', key: 9 });
    expect(again.status).toBe(200);
  });

  it('A17 a contact keeps the disposition, and an agent the reason, that is taken off the list', async () => {
    const { routing } = admin.centre.app;
    await admin.put('/api/me/presence', { presence: 'not-ready', reason: 'dentist' }, 'agent');
    expect((await admin.remove('/api/routing/reasons/dentist')).status).toBe(200);
    expect(routing.agent('agent1')).toMatchObject({ presence: 'not-ready', reason: 'dentist' });
    const gone = await admin.put('/api/me/presence', { presence: 'not-ready', reason: 'dentist' }, 'agent');
    expect([gone.status, gone.code]).toEqual([400, 'presence.reason-unknown']);
    expect((await admin.remove('/api/routing/dispositions/promised')).status).toBe(200);
  });

  it('A17 every change is a fact that says who, what and how; nothing else is', async () => {
    const since = admin.centre.app.kernel.journal.lastSeq;
    await admin.put('/api/routing/skills/welsh', { name: 'Welsh' });
    await admin.put(
      '/api/routing/agents/agent1',
      { profileId: 'francophone', skills: { welsh: 1 }, rank: 1 },
      'supervisor',
    );
    await admin.remove('/api/routing/skills/welsh'); // in use
    await admin.put('/api/routing/agents/agent1', { profileId: 'francophone', skills: {}, rank: 1 });
    await admin.remove('/api/routing/skills/welsh');
    await admin.settings();
    const administrator = admin.centre.app.people.userByName('admin')?.id;
    expect(
      (await admin.changes(since)).map(({ by, what, subject, change }) => [by, what, subject, change]),
    ).toEqual([
      [administrator, 'skill', 'welsh', 'set'],
      ['super1', 'agent', 'agent1', 'set'],
      [administrator, 'agent', 'agent1', 'set'],
      [administrator, 'skill', 'welsh', 'removed'],
    ]);
    for (const [path, body] of [
      ['queues/audited', queueBody],
      ['profiles/audited', profileBody],
      ['hours/audited', hoursBody],
      ['reasons/audited', { name: 'R' }],
      ['dispositions/audited', { name: 'D', key: 8 }],
    ] as const) {
      const at = admin.centre.app.kernel.journal.lastSeq;
      const [kind = '', subject] = path.split('/');
      const what = kind === 'hours' ? kind : kind.slice(0, -1);
      expect((await admin.put(`/api/routing/${path}`, body)).status).toBe(200);
      expect((await admin.remove(`/api/routing/${path}`)).status).toBe(200);
      const after = { ...body, id: subject };
      const about = { type: 'routing.changed', by: administrator, what, subject };
      expect(await admin.changes(at)).toEqual([
        { ...about, change: 'set', before: null, after },
        { ...about, change: 'removed', before: after, after: null },
      ]);
    }
  });

  it('A14 /docs shows every endpoint with what it takes', async () => {
    const { body } = await admin.ask('GET', '/docs/json', undefined, 'nobody');
    const { paths } = body as { paths: Record<string, Record<string, { parameters: { name: string }[] }>> };
    for (const { method, path } of Object.values(endpoints))
      expect(paths[path.replace(':id', '{id}')]?.[method.toLowerCase()], `${method} ${path}`).toBeDefined();
    const profile = paths['/api/routing/profiles/{id}']?.put;
    expect(profile?.parameters.map(({ name }) => name)).toEqual(['id', 'force']);
    expect(JSON.stringify(profile)).toContain('interrupts');
    expect(JSON.stringify(paths['/api/work']?.get)).toContain('nobody-serves');
  });
});

describe('two administrators at once', () => {
  it('A17 of two who set the same queue one stands whole, in the list, in force and after a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'cordboard-two-'));
    const two = await startAdministration({ dataDir });
    const versions = Array.from({ length: 20 }, (_, i) => ({
      ...queueBody,
      name: `Version ${i}`,
      offerMs: 10_000 + i,
      targetMs: 10_000 + i,
    }));
    const answers = await Promise.all(versions.map((body) => two.put('/api/routing/queues/both', body)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const listed = (await two.settings()).queues.find(({ id }) => id === 'both');
    expect(versions).toContainEqual({ ...listed, id: undefined });
    expect(two.centre.app.routing.queueSettings('both')).toEqual(listed);
    const before = await two.settings();
    await two.centre.stop();
    const again = await startApp({ dataDir });
    expect(again.app.routing.queueSettings('both')).toEqual(listed);
    expect([...again.app.routing.profiles()]).toEqual(before.profiles);
    expect([...again.app.routing.skills()]).toEqual(before.skills);
    await again.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('A17 one gives a skill while the other removes it: whoever is later is refused', async () => {
    for (let i = 0; i < 20; i++) {
      const skill = `race${i}`;
      await admin.put(`/api/routing/skills/${skill}`, { name: skill });
      const give = () =>
        admin.put('/api/routing/agents/agent1', {
          profileId: 'francophone',
          skills: { [skill]: 2 },
          rank: 1,
        });
      const remove = () => admin.remove(`/api/routing/skills/${skill}`);
      const [given, removed] =
        i % 2 === 0
          ? await Promise.all([give(), remove()])
          : await Promise.all([remove(), give()]).then(([r, g]) => [g, r] as const);
      const { skills, agents } = await admin.settings();
      const has = agents.some((agent) => skill in agent.skills);
      const exists = skills.some(({ id }) => id === skill);
      expect([given.code, removed.code]).toEqual(
        has ? [undefined, 'routing.in-use'] : ['skill.unknown', undefined],
      );
      expect(exists).toBe(has);
    }
  });

  it('A17 both want the same key: one has it', async () => {
    const answers = await Promise.all(
      ['one', 'two'].map((id) => admin.put(`/api/routing/dispositions/${id}`, { name: id, key: 7 })),
    );
    const taken = (await admin.settings()).dispositions.filter(({ key }) => key === 7);
    expect(taken).toHaveLength(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('A17 both remove the same: done once, then 404', async () => {
    await admin.put('/api/routing/skills/twice', { name: 'x' });
    const since = admin.centre.app.kernel.journal.lastSeq;
    const answers = await Promise.all([1, 2].map(() => admin.remove('/api/routing/skills/twice')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect(await admin.changes(since)).toHaveLength(1);
  });

  it('A17 a profile given while it is removed, and a queue removed while a profile takes it', async () => {
    for (let i = 0; i < 10; i++) {
      await admin.put(`/api/routing/queues/q${i}`, queueBody);
      await admin.put(`/api/routing/profiles/p${i}`, { ...profileDefaults, name: 'P', queues: [] });
      const agent = { profileId: `p${i}`, skills: {}, rank: 1 };
      await Promise.all([
        admin.put('/api/routing/agents/agent1', agent),
        admin.remove(`/api/routing/profiles/p${i}`),
        admin.put(`/api/routing/profiles/p${i}x`, serving(`q${i}`)),
        admin.remove(`/api/routing/queues/q${i}`),
      ]);
      const { profiles, agents, queues } = await admin.settings();
      for (const { profileId } of agents) expect(profiles.map(({ id }) => id)).toContain(profileId);
      for (const profile of profiles)
        for (const { queueId } of profile.queues) expect(queues.map(({ id }) => id)).toContain(queueId);
    }
  });
});
