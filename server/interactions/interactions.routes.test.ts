import { describe, expect, it } from 'vitest';
import type { FileEndpoint, Mounts, Principal, SignedInCall } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type Endpoint, endpoints, permissions } from '#shared/contract/index.ts';
import type { InteractionDetail } from '#shared/contract/interactions.ts';
import { type Interactions, type InteractionsParts, interactionsRoom } from './index.ts';

type Handler = (call: Partial<SignedInCall<Endpoint>>) => unknown;

const user = (id: string, role: 'agent' | 'supervisor' | 'administrator'): Principal => ({
  sessionId: `session_${id}`,
  user: { id, username: id, name: id, roles: [role], team: null },
});
const ann = user('ann', 'agent');
const bob = user('bob', 'agent');
const sue = user('sue', 'supervisor');
const adam = user('adam', 'administrator');

const detail = (id: string, more: Partial<InteractionDetail>): InteractionDetail => ({
  id,
  channel: 'call',
  direction: 'inbound',
  ani: '+1',
  dnis: '4001',
  customer: null,
  agent: { id: 'ann', name: 'Ann' },
  queue: null,
  startedAt: 1,
  answeredAt: null,
  endedAt: null,
  end: null,
  disposition: null,
  notes: '',
  hasRecording: true,
  recordingMs: 1,
  notesRev: 0,
  timeline: [],
  ...more,
});
const details: Readonly<Record<string, InteractionDetail>> = {
  int_ann: detail('int_ann', {}),
  int_bob: detail('int_bob', {
    agent: null,
    timeline: [{ seq: 1, at: 1, type: 'offer.made', agent: { id: 'bob', name: 'Bob' }, text: '' }],
  }),
  int_customer: detail('int_customer', { customer: { id: 'c', name: 'C', tier: 'gold' }, agent: null }),
};

function setUp() {
  const done: unknown[] = [];
  const service: Partial<Interactions> = {
    history: async (filter) => {
      done.push(filter);
      return { items: [], next: null };
    },
    detail: async (id) => {
      const found = details[id];
      if (!found) throw new AppError('not-found', 'There is no such contact.');
      return found;
    },
    recordingFile: async (id) => (id === 'int_bob' ? undefined : `2023/${id}.wav`),
    setDisposition: async (...given) => void done.push(['set', ...given]),
    removeDisposition: async (...given) => void done.push(['remove', ...given]),
    saveNotes: async (...given) => {
      done.push(['notes', ...given]);
      return 3;
    },
    dispose: async (...given) => void done.push(['dispose', ...given]),
  };
  const may: InteractionsParts['people']['may'] = ({ user: { roles } }, permission) =>
    roles.some((role) => permissions[permission].some((allowed: string) => allowed === role));
  const parts: InteractionsParts = {
    interactions: service as Interactions,
    people: {
      may,
      authorize: (principal, permission) => {
        if (!may(principal, permission)) throw new AppError('forbidden', 'You may not do this.');
      },
    },
    recordings: '/data/recordings',
  };
  const handlers = new Map<Endpoint, Handler>();
  const files: FileEndpoint[] = [];
  interactionsRoom.routes?.(parts, {
    mount: (endpoint: Endpoint, handler: Handler) => void handlers.set(endpoint, handler),
    mountPublic: () => undefined,
    mountFile: (file: FileEndpoint) => void files.push(file),
  } as unknown as Mounts);
  const call = async (endpoint: Endpoint, given: Partial<SignedInCall<Endpoint>>) =>
    handlers.get(endpoint)?.(given);
  const listen = async (principal: Principal, id: string) =>
    files[0]?.open(principal, { params: { id } } as Parameters<FileEndpoint['open']>[1]);
  return { done, call, listen, files, commands: interactionsRoom.commands?.(parts) };
}
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('the endpoints of history', () => {
  it('A8 an agent lists its own contacts and those of a customer, a supervisor all', async () => {
    const { call, done } = setUp();
    const list = (principal: Principal, query: object) =>
      call(endpoints.listInteractions, { principal, query });
    await list(ann, { limit: 5 });
    await list(ann, { limit: 5, agent: 'bob' });
    await list(ann, { limit: 5, customer: 'c' });
    await list(sue, { limit: 5, agent: 'bob' });
    expect(done).toEqual([
      { limit: 5, agent: 'ann' },
      { limit: 5, agent: 'ann' },
      { limit: 5, customer: 'c' },
      { limit: 5, agent: 'bob' },
    ]);
  });

  it('A8 a contact is read by whoever took part in it, by everybody when it is a customer’s', async () => {
    const { call } = setUp();
    const get = (principal: Principal, id: string) =>
      call(endpoints.getInteraction, { principal, params: { id } });
    for (const [principal, id] of [
      [ann, 'int_ann'],
      [bob, 'int_bob'],
      [bob, 'int_customer'],
      [sue, 'int_ann'],
    ] as const)
      expect(await get(principal, id)).toBe(details[id]);
    await expect(get(bob, 'int_ann')).rejects.toThrow(code('forbidden'));
    await expect(get(sue, 'none')).rejects.toThrow(code('not-found'));
  });

  it('A11 a recording is heard by its agent and by supervisors', async () => {
    const { listen, files } = setUp();
    expect(files[0]?.path).toBe('/api/interactions/:id/recording');
    const file = { folder: '/data/recordings', file: '2023/int_ann.wav', name: 'recording-int_ann.wav' };
    expect(await listen(ann, 'int_ann')).toEqual({ ...file, type: 'audio/wav' });
    expect(await listen(sue, 'int_ann')).toMatchObject(file);
    await expect(listen(bob, 'int_ann')).rejects.toThrow(code('forbidden'));
    await expect(listen(ann, 'int_customer')).rejects.toThrow(code('forbidden'));
    await expect(listen(sue, 'int_bob')).rejects.toThrow(code('recording.none'));
    await expect(listen(sue, '../secret')).rejects.toThrow(code('bad-request'));
    await expect(listen(user('x', 'agent'), 'none')).rejects.toThrow(code('not-found'));
  });

  it('I11 dispositions are set and removed in the name of who asks', async () => {
    const { call, done } = setUp();
    const params = { id: 'sale' };
    const answer = await call(endpoints.setDisposition, {
      principal: adam,
      params,
      body: { name: 'Sale', key: 6 },
    });
    expect(answer).toEqual({ id: 'sale', name: 'Sale', key: 6 });
    expect(await call(endpoints.removeDisposition, { principal: adam, params })).toEqual({});
    expect(done).toEqual([
      ['set', { id: 'sale', name: 'Sale', key: 6 }, 'adam'],
      ['remove', 'sale', 'adam'],
    ]);
  });

  it('I3 I4 the desk’s commands save notes and dispositions of the agent who sends them', async () => {
    const { commands, done } = setUp();
    const interactionId = 'int_ann';
    expect(await commands?.['notes.save']?.(ann, { interactionId, notes: 'n', base: 2 })).toEqual({ rev: 3 });
    expect(await commands?.['disposition.set']?.(ann, { interactionId, disposition: 'sale' })).toEqual({});
    expect(done).toEqual([
      ['notes', 'int_ann', 'ann', 'n', 2],
      ['dispose', 'int_ann', 'ann', 'sale'],
    ]);
  });
});
