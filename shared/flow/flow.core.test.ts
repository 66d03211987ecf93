import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFlow } from './check.core.ts';
import type { FlowInput } from './document.ts';
import {
  type FlowEffect,
  type FlowEvent,
  type FlowState,
  KEPT_DIGITS,
  startFlow,
  step,
} from './flow.core.ts';

const mainMenu: FlowInput = {
  format: 1,
  entry: 'answer',
  nodes: {
    answer: { type: 'answer', next: 'hello' },
    hello: { type: 'play', prompt: 'hello', next: 'menu' },
    menu: {
      type: 'menu',
      prompt: 'menu',
      options: { '1': 'support', '2': 'sales', '9': 'menu', '0': 'echo', '*': 'bye' },
      invalid: 'invalid',
      tries: 3,
      timeoutMs: 5_000,
      onFail: 'support',
    },
    support: { type: 'enqueue', queue: 'support', priority: 2 },
    sales: { type: 'enqueue', queue: 'sales' },
    echo: { type: 'echo' },
    bye: { type: 'play', prompt: 'bye', next: 'end' },
    end: { type: 'hang-up' },
  },
};

class Caller {
  state: FlowState;
  effects: readonly FlowEffect[] = [];

  constructor(input: FlowInput = mainMenu) {
    const parsed = parseFlow(input);
    if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
    this.state = startFlow(parsed.flow);
    this.do({ type: 'started' });
  }

  do(event: FlowEvent): readonly FlowEffect[] {
    ({ state: this.state, effects: this.effects } = step(this.state, event));
    return this.effects;
  }

  played = () => this.do({ type: 'played', turn: this.state.turn });
  silence = () => this.do({ type: 'timeout', turn: this.state.turn });
  press = (digit: string) => this.do({ type: 'digit', digit });

  /** Up to the menu's prompt. */
  atMenu(): this {
    this.do({ type: 'answered' });
    this.played();
    return this;
  }
}
const kinds = (effects: readonly FlowEffect[]): string[] =>
  effects.map((e) => (e.type === 'play' ? `play ${e.prompt}` : e.type));

describe('the flow interpreter', () => {
  it('answers, plays, asks, collects and queues', () => {
    const caller = new Caller();
    expect(kinds(caller.effects)).toEqual(['answer']);
    expect(kinds(caller.do({ type: 'answered' }))).toEqual(['play hello']);
    expect(kinds(caller.played())).toEqual(['play menu']);
    expect(caller.played()).toMatchObject([{ type: 'collect', timeoutMs: 5_000 }]);
    expect(caller.press('1')).toEqual([
      { type: 'menu-left', node: 'menu', by: 'key', key: '1' },
      { type: 'enqueue', node: mainMenu.nodes.support, digits: '1' },
    ]);
    expect(caller.state.at).toBe('left');
  });

  it('queues without answering when the flow says so', () => {
    const direct = new Caller({ format: 1, entry: 'q', nodes: { q: { type: 'enqueue', queue: 'sales' } } });
    expect(direct.effects).toEqual([
      { type: 'enqueue', node: { type: 'enqueue', queue: 'sales', priority: 0 }, digits: '' },
    ]);
  });

  it('F4 a key ends the menu’s prompt', () => {
    const caller = new Caller().atMenu();
    expect(kinds(caller.press('2'))).toEqual(['stop-playing', 'menu-left', 'enqueue']);
  });

  it('F4 a wrong key is complained about, silence is not; both are tries', () => {
    const caller = new Caller().atMenu();
    expect(kinds(caller.press('7'))).toEqual(['stop-playing', 'play invalid']);
    expect(kinds(caller.played())).toEqual(['play menu']);
    caller.played();
    expect(kinds(caller.silence())).toEqual(['play menu']);
    caller.played();
    expect(caller.silence()).toEqual([
      { type: 'menu-left', node: 'menu', by: 'no-choice' },
      { type: 'enqueue', node: mainMenu.nodes.support, digits: '7' },
    ]);
  });

  it('F4 a right key counts also while the complaint plays', () => {
    const caller = new Caller().atMenu();
    caller.press('7');
    expect(kinds(caller.press('2'))).toEqual(['stop-playing', 'menu-left', 'enqueue']);
  });

  it('F4 a menu entered again counts its tries anew', () => {
    const caller = new Caller().atMenu();
    caller.press('7');
    caller.press('7');
    expect(kinds(caller.press('9'))).toEqual(['stop-playing', 'menu-left', 'play menu']);
    expect(kinds(caller.press('7'))).toEqual(['stop-playing', 'play invalid']);
  });

  it('F7 leaving a menu is told once, with the node and the key or that no choice was made', () => {
    const left = (effects: readonly FlowEffect[]) => effects.filter(({ type }) => type === 'menu-left');
    const caller = new Caller().atMenu();
    expect(left(caller.press('7'))).toEqual([]); // no way out yet
    expect(left(caller.press('9'))).toEqual([{ type: 'menu-left', node: 'menu', by: 'key', key: '9' }]);
    caller.press('7');
    caller.press('7');
    expect(left(caller.press('7'))).toEqual([{ type: 'menu-left', node: 'menu', by: 'no-choice' }]);
    const gone = new Caller().atMenu();
    expect(gone.do({ type: 'hung-up' })).toEqual([]);
    const talker = new Caller().atMenu();
    talker.press('0');
    expect(left(talker.press('1'))).toEqual([]); // pressed outside of a menu
  });

  it('F5 keys are kept in order, also outside a menu, and not without end', () => {
    const caller = new Caller();
    caller.do({ type: 'answered' });
    expect(caller.press('5')).toEqual([]); // `hello` plays on
    caller.played();
    expect(caller.press('1')).toContainEqual(expect.objectContaining({ digits: '51' }));
    const patient = new Caller().atMenu();
    for (let i = 0; i < 200; i++) patient.press('9');
    expect(patient.state.digits).toHaveLength(KEPT_DIGITS);
    patient.press('x');
    expect(patient.state.digits).toHaveLength(KEPT_DIGITS);
  });

  it('F6 late events change nothing', () => {
    const caller = new Caller().atMenu();
    const asked = caller.state.turn;
    caller.played();
    expect(caller.do({ type: 'played', turn: asked })).toEqual([]);
    expect(caller.do({ type: 'timeout', turn: asked })).toEqual([]);
    expect(caller.do({ type: 'started' })).toEqual([]);
    expect(caller.do({ type: 'answered' })).toEqual([]);
    expect(caller.state.at).toBe('collecting');
  });

  it('F6 nothing happens after the end', () => {
    const caller = new Caller().atMenu();
    expect(caller.do({ type: 'hung-up' })).toEqual([]);
    const { state } = caller;
    expect([...caller.press('1'), ...caller.played(), ...caller.do({ type: 'answered' })]).toEqual([]);
    expect(caller.state).toEqual(state);
  });

  it('plays a goodbye and hangs up; echoes until the caller goes', () => {
    const caller = new Caller().atMenu();
    expect(kinds(caller.press('*'))).toEqual(['stop-playing', 'menu-left', 'play bye']);
    expect(kinds(caller.played())).toEqual(['hang-up']);
    const listener = new Caller().atMenu();
    expect(kinds(listener.press('0'))).toEqual(['stop-playing', 'menu-left', 'echo']);
    expect(listener.press('1')).toEqual([]);
    expect(listener.state.at).toBe('echoing');
  });

  it('an answer in the middle of an answered call leads on at once', () => {
    const twice = new Caller({
      format: 1,
      entry: 'a',
      nodes: { a: { type: 'answer', next: 'b' }, b: { type: 'answer', next: 'e' }, e: { type: 'echo' } },
    });
    expect(kinds(twice.do({ type: 'answered' }))).toEqual(['echo']);
  });

  it('F6 is total: any events in any order give an answer, and one end at most', () => {
    const turn = fc.nat(30);
    const event: fc.Arbitrary<FlowEvent> = fc.oneof(
      fc.constant({ type: 'started' } as const),
      fc.constant({ type: 'answered' } as const),
      fc.record({ type: fc.constant('digit' as const), digit: fc.constantFrom(...'0123789*#Ax', '') }),
      fc.record({ type: fc.constant('played' as const), turn }),
      fc.record({ type: fc.constant('timeout' as const), turn }),
      fc.constant({ type: 'hung-up' } as const),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const caller = new Caller();
        const all = events.flatMap((e) => [...caller.do(e), ...caller.played()]);
        const ends = all.filter((e) => e.type === 'enqueue' || e.type === 'hang-up');
        expect(ends.length).toBeLessThanOrEqual(1);
        expect(ends.length === 1 ? caller.state.at : 'left').toBe('left');
      }),
    );
  });
});
