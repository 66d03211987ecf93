import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallEffect, type CallEvent, type CallState, newCall, stepCall } from './call.core.ts';

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
    expect(run({ type: 'enqueue' }, { type: 'hold', held: true }).effects).toEqual([]);
    const { state } = run(
      { type: 'enqueue' },
      offered,
      taken,
      { type: 'hold', held: true },
      { type: 'mute', muted: true },
    );
    expect(state).toMatchObject({ held: true, muted: true });
  });
});

const anyEvent: fc.Arbitrary<CallEvent> = fc.oneof(
  fc.constantFrom<CallEvent>(
    { type: 'flow-answer' },
    { type: 'enqueue' },
    { type: 'ring-over' },
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
  fc.boolean().map((held): CallEvent => ({ type: 'hold', held })),
  fc.boolean().map((muted): CallEvent => ({ type: 'mute', muted })),
  fc
    .constantFrom('hung-up', 'connection-lost', 'media-lost', 'failed')
    .map((cause): CallEvent => ({ type: 'caller-gone', cause })),
  fc.constantFrom('hung-up', 'media-lost').map((cause): CallEvent => ({ type: 'agent-gone', cause })),
);

describe('a call under any sequence of events', () => {
  it('K1 K2 is answered at most once, ends at most once, rings and stops in pairs', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const { state, effects } = run(...events);
        const count = (type: string): number => effects.filter((e) => e === type).length;
        expect(count('answer-caller')).toBeLessThanOrEqual(1);
        expect(count('end')).toBe(state.phase === 'ended' ? 1 : 0);
        expect(count('ring') - count('stop-ringing')).toBe(state.phase === 'ringing' ? 1 : 0);
        if (count('end') === 1) expect(effects.at(-1)).toBe('end');
        if (state.phase === 'talking') expect(state.answered && state.agentId !== undefined).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
