import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallEffect, type CallEvent, type CallState, isHeld, newCall, stepCall } from './call.core.ts';

function run(...events: CallEvent[]): { state: CallState; effects: string[]; last: readonly CallEffect[] } {
  let state = newCall;
  const effects: string[] = [];
  let last: readonly CallEffect[] = [];
  for (const event of events) {
    const step = stepCall(state, event);
    state = step.state;
    last = step.effects;
    effects.push(...step.effects.map((e) => e.type));
  }
  return { state, effects, last };
}

const offered: CallEvent = { type: 'offered', offerId: 'o1', agentId: 'a1' };
const hold = (by: 'desk' | 'phone', held: boolean): CallEvent => ({ type: 'hold', by, held });
const taken: CallEvent = { type: 'agent-answered', offerId: 'o1' };

describe('a call', () => {
  it('K1 is answered by the agent who answers first', () => {
    const { state, effects } = run({ type: 'enqueue' }, offered, taken);
    expect(effects).toEqual(['ring', 'stop-ringing', 'answer-caller', 'bridge']);
    expect(state).toMatchObject({ phase: 'talking', answered: true, agentId: 'a1' });
  });

  it('K1 is answered with music when it has rung long enough and nobody is being rung', () => {
    expect(run({ type: 'enqueue' }, { type: 'ring-over' }).effects).toEqual(['answer-caller', 'music']);
  });

  it('K1 goes on ringing while an agent is being rung, and gets music when that offer ends', () => {
    const ringing = run({ type: 'enqueue' }, offered, { type: 'ring-over' });
    expect(ringing.effects).toEqual(['ring']);
    const after = run(
      { type: 'enqueue' },
      offered,
      { type: 'ring-over' },
      { type: 'offer-ended', offerId: 'o1' },
    );
    expect(after.effects).toEqual(['ring', 'stop-ringing', 'answer-caller', 'music']);
  });

  it('K9 rings every agent it is offered to; the first to answer has it and the others stop', () => {
    const second: CallEvent = { type: 'offered', offerId: 'o2', agentId: 'a2' };
    const { state, effects } = run({ type: 'enqueue' }, offered, second, {
      type: 'agent-answered',
      offerId: 'o2',
    });
    expect(effects).toEqual(['ring', 'ring', 'stop-ringing', 'stop-ringing', 'answer-caller', 'bridge']);
    expect(state).toMatchObject({ phase: 'talking', agentId: 'a2', offers: [] });
    expect(
      run({ type: 'enqueue' }, offered, second, { type: 'offer-ended', offerId: 'o2' }).state.phase,
    ).toBe('ringing');
  });

  it('K10 given away by its queue it is in a flow again, and its music stops', () => {
    const { state, effects } = run({ type: 'flow-answer' }, { type: 'enqueue' }, { type: 'to-flow' });
    expect(effects).toEqual(['answer-caller', 'music', 'music']);
    expect(state.phase).toBe('flow');
    expect(run({ type: 'enqueue' }, offered, { type: 'to-flow' }).state.phase).toBe('ringing');
  });

  it('K1 already answered by its flow is not answered again, only its music stops', () => {
    const { effects } = run({ type: 'flow-answer' }, { type: 'enqueue' }, offered, taken);
    expect(effects).toEqual(['answer-caller', 'music', 'ring', 'stop-ringing', 'music', 'bridge']);
  });

  it('ended by a caller who gives up while an agent is rung stops that ringing and counts as abandoned', () => {
    const { last } = run({ type: 'enqueue' }, offered, { type: 'caller-gone', cause: 'hung-up' });
    expect(last).toEqual([
      { type: 'stop-ringing', offerId: 'o1' },
      { type: 'end', end: 'caller-abandoned', code: 487 },
    ]);
  });

  it('ended by the caller in talk says so', () => {
    const { last } = run({ type: 'enqueue' }, offered, taken, { type: 'caller-gone', cause: 'hung-up' });
    expect(last).toEqual([{ type: 'end', end: 'caller-hung-up', code: 487 }]);
  });

  it('K2 lets an agent go who answers an offer that is over', () => {
    const { last } = run({ type: 'enqueue' }, offered, { type: 'offer-ended', offerId: 'o1' }, taken);
    expect(last).toEqual([]);
  });

  it('K3 waits with music for an agent whose audio vanished, and goes on when it is back', () => {
    const { state, effects } = run(
      { type: 'enqueue' },
      offered,
      taken,
      { type: 'agent-lost' },
      { type: 'agent-back' },
    );
    expect(effects.slice(-3)).toEqual(['await-agent', 'music', 'rejoin']);
    expect(state.phase).toBe('talking');
  });

  it('K3 ends as agent-connection-lost when the agent does not come back in time', () => {
    const { last } = run(
      { type: 'enqueue' },
      offered,
      taken,
      { type: 'agent-lost' },
      { type: 'recovery-over' },
    );
    expect(last).toEqual([{ type: 'end', end: 'agent-connection-lost', code: 480 }]);
  });

  it('holds and mutes only while an agent has it', () => {
    expect(run({ type: 'enqueue' }, hold('desk', true), hold('phone', true)).effects).toEqual([]);
    const { state } = run({ type: 'enqueue' }, offered, taken, hold('desk', true), {
      type: 'mute',
      muted: true,
    });
    expect([isHeld(state), state.muted]).toEqual([true, true]);
  });

  it('K8 is on hold as long as desk or phone holds; only a change of that is an effect', () => {
    const both = [{ type: 'enqueue' } as const, offered, taken, hold('desk', true), hold('phone', true)];
    const held = run(...both, hold('desk', false));
    expect(isHeld(held.state)).toBe(true);
    expect(held.effects.filter((type) => type === 'apply-hold')).toHaveLength(1);
    const { state, last } = run(...both, hold('desk', false), hold('phone', false));
    expect([isHeld(state), last]).toEqual([false, [{ type: 'apply-hold', held: false }]]);
  });

  it('K8 the hold of a phone ends with that phone, the desk’s does not', () => {
    const lost = (...holds: CallEvent[]) =>
      run({ type: 'enqueue' }, offered, taken, ...holds, { type: 'agent-lost' });
    const phones = lost(hold('phone', true));
    expect([isHeld(phones.state), phones.last[0]]).toEqual([false, { type: 'apply-hold', held: false }]);
    const desks = lost(hold('desk', true), hold('phone', true));
    expect([isHeld(desks.state), desks.last[0]?.type]).toEqual([true, 'await-agent']);
  });
});

const anyEvent: fc.Arbitrary<CallEvent> = fc.oneof(
  fc.constantFrom<CallEvent>(
    { type: 'flow-answer' },
    { type: 'enqueue' },
    { type: 'ring-over' },
    { type: 'to-flow' },
    { type: 'agent-lost' },
    { type: 'agent-back' },
    { type: 'recovery-over' },
    { type: 'flow-ended' },
    { type: 'server-stopping' },
    { type: 'refuse', code: 486, end: 'busy' },
  ),
  fc
    .constantFrom('o1', 'o2')
    .map((offerId): CallEvent => ({ type: 'offered', offerId, agentId: `agent-${offerId}` })),
  fc.constantFrom('o1', 'o2').map((offerId): CallEvent => ({ type: 'offer-ended', offerId })),
  fc.constantFrom('o1', 'o2').map((offerId): CallEvent => ({ type: 'agent-answered', offerId })),
  fc.tuple(fc.constantFrom('desk', 'phone'), fc.boolean()).map(([by, held]) => hold(by, held)),
  fc.boolean().map((muted): CallEvent => ({ type: 'mute', muted })),
  fc
    .constantFrom('hung-up', 'connection-lost', 'media-lost', 'failed')
    .map((cause): CallEvent => ({ type: 'caller-gone', cause })),
  fc.constantFrom('hung-up', 'media-lost').map((cause): CallEvent => ({ type: 'agent-gone', cause })),
);

describe('a call under any sequence of events', () => {
  it('K1 K2 K8 is answered and ends at most once; rings and stops, holds and retrieves in turn', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const { state, effects } = run(...events);
        const count = (type: string): number => effects.filter((e) => e === type).length;
        expect(count('answer-caller')).toBeLessThanOrEqual(1);
        expect(count('end')).toBe(state.phase === 'ended' ? 1 : 0);
        expect(count('ring') - count('stop-ringing')).toBe(state.offers.length);
        expect(state.offers.length > 0).toBe(state.phase === 'ringing');
        if (count('end') === 1) expect(effects.at(-1)).toBe('end');
        expect(count('apply-hold') % 2 === 1).toBe(isHeld(state));
        if (state.phase === 'talking') expect(state.answered && state.agentId !== undefined).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
