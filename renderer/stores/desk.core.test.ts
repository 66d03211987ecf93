import { describe, expect, it } from 'vitest';
import type { Desk } from '#shared/contract/desk.ts';
import { happenings, isNewer, toggleTarget, workRows } from './desk.core.ts';

const pop = {
  number: '+14155550100',
  customer: null,
  reason: 'no-match' as const,
  candidates: [],
  openCases: [],
  openComplaint: false,
  recent: [],
};
const work: NonNullable<Desk['work']> = {
  itemId: 'w1',
  interactionId: 'i1',
  callId: 'c1',
  channel: 'call',
  phase: 'talking',
  muted: false,
  audioLost: false,
  recording: 'on',
  queue: { id: 'support', name: 'Support' },
  number: '+14155550100',
  dnis: '4001',
  digits: '',
  arrivedAt: 0,
  answeredAt: 0,
  endedAt: null,
  end: null,
  pop,
  notes: '',
  notesRev: 0,
  disposition: null,
  wrapUp: null,
};
const desk = (over: Partial<Desk> = {}): Desk => ({
  rev: 1,
  epoch: 'e1',
  now: 0,
  user: { id: 'u', username: 'agent1', name: 'Anna', roles: ['agent'], team: null },
  presence: 'available',
  reason: null,
  next: null,
  state: 'idle',
  since: 0,
  phones: 1,
  offer: null,
  work: null,
  queues: [],
  unsaved: null,
  ...over,
});

describe('which desk message counts', () => {
  const none = new Set<string>();
  it('D1: a higher revision of the same epoch replaces, a lower one does not', () => {
    expect(isNewer({ epoch: 'e1', rev: 4 }, { epoch: 'e1', rev: 5 }, none)).toBe(true);
    expect(isNewer({ epoch: 'e1', rev: 4 }, { epoch: 'e1', rev: 3 }, none)).toBe(false);
  });
  it('D2: a new epoch replaces even with a lower revision', () => {
    expect(isNewer({ epoch: 'e1', rev: 400 }, { epoch: 'e2', rev: 1 }, none)).toBe(true);
  });
  it('D3: an epoch that was left behind never comes back', () => {
    expect(isNewer({ epoch: 'e2', rev: 1 }, { epoch: 'e1', rev: 500 }, new Set(['e1']))).toBe(false);
  });
  it('D4: the first message always counts', () => {
    expect(isNewer(undefined, { epoch: 'e1', rev: 0 }, none)).toBe(true);
  });
});

describe('what the agent is told', () => {
  it('D5: nothing at the first message', () => {
    expect(happenings(undefined, desk({ work }), false)).toEqual([]);
  });
  it('D6: a restart, and the call it cost', () => {
    expect(happenings(desk(), desk({ epoch: 'e2' }), true)).toEqual([{ kind: 'restarted' }]);
    expect(happenings(desk({ work }), desk({ epoch: 'e2' }), true)).toEqual([
      { kind: 'restarted-call-lost', name: '+14155550100' },
    ]);
  });
  it('D7: a call that ended while away', () => {
    const after = desk({ rev: 2, work: { ...work, phase: 'wrap-up' } });
    expect(happenings(desk({ work }), after, true)).toEqual([{ kind: 'call-lost', name: '+14155550100' }]);
  });
  it('D8: a call that ended in sight is wrap-up, no alarm', () => {
    const after = desk({ rev: 2, work: { ...work, phase: 'wrap-up' } });
    expect(happenings(desk({ work }), after, false)).toEqual([{ kind: 'call-ended', interactionId: 'i1' }]);
  });
  it('D9: hold is not an end', () => {
    expect(happenings(desk({ work }), desk({ rev: 2, work: { ...work, phase: 'held' } }), false)).toEqual([]);
  });
});

describe('the presence button', () => {
  it('D10: turns available into not ready and back', () => {
    expect(toggleTarget(desk())).toBe('not-ready');
    expect(toggleTarget(desk({ presence: 'not-ready', state: 'not-ready' }))).toBe('available');
    expect(toggleTarget(desk({ presence: 'offline', state: 'offline' }))).toBe('available');
  });
  it('D11: on work it turns the next state', () => {
    const next = { presence: 'not-ready' as const, reason: null };
    expect(toggleTarget(desk({ state: 'on-work', work, next }))).toBe('available');
  });
  it('D12: brings an agent back who did not respond', () => {
    expect(toggleTarget(desk({ state: 'not-responding' }))).toBe('available');
  });
});

it('D13: an offer stands above the work in hand', () => {
  const offer = {
    offerId: 'o1',
    itemId: 'w2',
    interactionId: 'i2',
    channel: 'call' as const,
    queue: work.queue,
    number: '',
    dnis: '4001',
    digits: '',
    arrivedAt: 0,
    offeredAt: 0,
    expiresAt: 1,
    ringing: false,
    why: 'longest-idle' as const,
    among: 1,
    pop,
  };
  expect(workRows(desk({ offer, work })).map((row) => row.kind)).toEqual(['offer', 'work']);
});
