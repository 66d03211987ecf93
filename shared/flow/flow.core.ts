import type { Flow, FlowNode } from './document.ts';

/** At most so many keys are kept of one call; later ones still work, but are not kept. */
export const KEPT_DIGITS = 64;
/** The prompt before a message is taken. */
const BEEP = 'beep';

export type FlowEvent =
  | { readonly type: 'started' }
  | { readonly type: 'answered' }
  | { readonly type: 'digit'; readonly digit: string }
  /** `turn`: of the `play` that came to its end. */
  | { readonly type: 'played'; readonly turn: number }
  /** `turn`: of the `collect` that ran out. */
  | { readonly type: 'timeout'; readonly turn: number }
  /** The queue has the call, or is closed or full: told for an `enqueue` that can go on elsewhere. */
  | { readonly type: 'handed-over'; readonly taken: boolean }
  | { readonly type: 'hung-up' };

export type EnqueueNode = Extract<FlowNode, { type: 'enqueue' }>;

export type FlowEffect =
  | { readonly type: 'answer' }
  /** Replaces what is playing. */
  | { readonly type: 'play'; readonly prompt: string; readonly turn: number }
  | { readonly type: 'stop-playing' }
  /** Say `timeout` with this turn after so long; a later effect of any kind makes it void. */
  | { readonly type: 'collect'; readonly timeoutMs: number; readonly turn: number }
  /** With `onRefused` say `handed-over`; without, the call is refused where the queue does not take it. */
  | { readonly type: 'enqueue'; readonly node: EnqueueNode; readonly digits: string }
  /** Takes down what the caller says; say `timeout` with this turn after `maxMs`. */
  | { readonly type: 'record'; readonly maxMs: number; readonly turn: number }
  | { readonly type: 'stop-recording' }
  /** The menu is over: by a key that leads on, or because no choice was made in the last try. Not told of who hangs up. */
  | { readonly type: 'menu-left'; readonly node: string; readonly by: 'key'; readonly key: string }
  | { readonly type: 'menu-left'; readonly node: string; readonly by: 'no-choice' }
  | { readonly type: 'echo' }
  | { readonly type: 'hang-up' };

/**
 * Where a call stands in its flow.
 *
 *   new --started--> [node] --answer--> answering --answered--> [next node]
 *                      |---- play ----> playing --played--> [next node]
 *                      |---- menu ----> asking --played--> collecting --timeout--> again, or [onFail]
 *                      |                  |  key: an option --> [its node]; else complaining --played--> again
 *                      |                  +--- or [onFail] once the tries are used up
 *                      |---- record --> playing --played--> beeping --played--> recording --#, timeout--> [next node]
 *                      |---- enqueue with onRefused --> handing-over --handed-over--> left, or [onRefused]
 *                      |---- echo ----> echoing
 *                      +---- enqueue, hang-up --> left
 *   every state --hung-up--> left          every other event in a state changes nothing (keys are kept)
 */
export interface FlowState {
  readonly flow: Flow;
  readonly at:
    | 'new'
    | 'answering'
    | 'playing'
    | 'asking'
    | 'complaining'
    | 'collecting'
    | 'beeping'
    | 'recording'
    | 'echoing'
    | 'handing-over'
    | 'left';
  /** The node it stands in; '' before the start. */
  readonly node: string;
  readonly answered: boolean;
  /** Failed tries at the menu it stands in. */
  readonly failed: number;
  /** Grows with each `play` and `collect`: tells a late event from a present one. */
  readonly turn: number;
  /** Keys pressed so far, in order. */
  readonly digits: string;
}

export interface FlowStep {
  readonly state: FlowState;
  readonly effects: readonly FlowEffect[];
}

/** A call about to run through a flow; its first event is `started`. */
export function startFlow(flow: Flow): FlowState {
  return { flow, at: 'new', node: '', answered: false, failed: 0, turn: 0, digits: '' };
}

/** Total: every event in every state gives an answer; late and impossible ones change nothing. */
export function step(state: FlowState, event: FlowEvent): FlowStep {
  switch (event.type) {
    case 'started':
      return state.at === 'new' ? enter(state, state.flow.entry) : stay(state);
    case 'answered':
      return state.at === 'answering' ? enter({ ...state, answered: true }, nextOf(state)) : stay(state);
    case 'digit':
      return pressed(state, event.digit);
    case 'played':
      return event.turn === state.turn ? played(state) : stay(state);
    case 'handed-over':
      return handedOver(state, event.taken);
    case 'timeout':
      if (state.at === 'recording' && event.turn === state.turn) return recorded(state);
      return state.at === 'collecting' && event.turn === state.turn
        ? failedTry(state, menuOf(state), false)
        : stay(state);
    case 'hung-up':
      return stay({ ...state, at: 'left' });
  }
}

function stay(state: FlowState): FlowStep {
  return { state, effects: [] };
}

/** A step with one more effect before its own. */
function after(first: FlowEffect, then: FlowStep): FlowStep {
  return { state: then.state, effects: [first, ...then.effects] };
}

function nodeOf(state: FlowState): FlowNode | undefined {
  return state.flow.nodes[state.node];
}

function menuOf(state: FlowState): Extract<FlowNode, { type: 'menu' }> | undefined {
  const node = nodeOf(state);
  return node?.type === 'menu' ? node : undefined;
}

function nextOf(state: FlowState): string {
  const node = nodeOf(state);
  return node?.type === 'answer' || node?.type === 'play' || node?.type === 'record' ? node.next : '';
}

/** Goes to a node and does what it says. An `answer` on an answered call leads on at once (F3 forbids circles). */
function enter(state: FlowState, target: string): FlowStep {
  let id = target;
  let node = state.flow.nodes[id];
  for (let hops = 0; node?.type === 'answer' && state.answered && hops < 500; hops++) {
    id = node.next;
    node = state.flow.nodes[id];
  }
  const here = { ...state, node: id, failed: 0 };
  switch (node?.type) {
    case 'answer':
      return { state: { ...here, at: 'answering' }, effects: [{ type: 'answer' }] };
    case 'play':
      return play(here, 'playing', node.prompt);
    case 'record':
      return play(here, 'playing', node.prompt);
    case 'menu':
      return play(here, 'asking', node.prompt);
    case 'echo':
      return { state: { ...here, at: 'echoing' }, effects: [{ type: 'echo' }] };
    case 'enqueue': {
      const effects: FlowEffect[] = [{ type: 'enqueue', node, digits: state.digits }];
      return { state: { ...here, at: node.onRefused === undefined ? 'left' : 'handing-over' }, effects };
    }
    default: // hang-up, or a node that `parseFlow` would not have let through
      return { state: { ...here, at: 'left' }, effects: [{ type: 'hang-up' }] };
  }
}

function play(state: FlowState, at: FlowState['at'], prompt: string): FlowStep {
  const turn = state.turn + 1;
  return { state: { ...state, at, turn }, effects: [{ type: 'play', prompt, turn }] };
}

function played(state: FlowState): FlowStep {
  const menu = menuOf(state);
  const node = nodeOf(state);
  if (state.at === 'playing')
    return node?.type === 'record' ? play(state, 'beeping', BEEP) : enter(state, nextOf(state));
  if (state.at === 'beeping' && node?.type === 'record') {
    const turn = state.turn + 1;
    return {
      state: { ...state, at: 'recording', turn },
      effects: [{ type: 'record', maxMs: node.maxMs, turn }],
    };
  }
  if (state.at === 'complaining' && menu) return play(state, 'asking', menu.prompt);
  if (state.at !== 'asking' || !menu) return stay(state);
  const turn = state.turn + 1;
  return {
    state: { ...state, at: 'collecting', turn },
    effects: [{ type: 'collect', timeoutMs: menu.timeoutMs, turn }],
  };
}

/** A key counts in a menu, also while its prompts play; elsewhere it is only kept. */
function pressed(state: FlowState, digit: string): FlowStep {
  if (state.at === 'new' || state.at === 'left' || !/^[0-9*#A-D]$/.test(digit)) return stay(state);
  const kept = state.digits.length < KEPT_DIGITS ? { ...state, digits: state.digits + digit } : state;
  if (state.at === 'recording' && digit === '#') return recorded(kept);
  const menu = menuOf(state);
  if (!menu || (state.at !== 'asking' && state.at !== 'collecting' && state.at !== 'complaining'))
    return stay(kept);
  const target = Object.hasOwn(menu.options, digit) ? menu.options[digit] : undefined;
  const then =
    target === undefined
      ? failedTry(kept, menu, true)
      : after({ type: 'menu-left', node: state.node, by: 'key', key: digit }, enter(kept, target));
  if (state.at === 'collecting') return then;
  return after({ type: 'stop-playing' }, then);
}

function recorded(state: FlowState): FlowStep {
  return after({ type: 'stop-recording' }, enter(state, nextOf(state)));
}

function handedOver(state: FlowState, taken: boolean): FlowStep {
  const node = nodeOf(state);
  if (state.at !== 'handing-over' || node?.type !== 'enqueue') return stay(state);
  return taken || node.onRefused === undefined
    ? stay({ ...state, at: 'left' })
    : enter(state, node.onRefused);
}

function failedTry(state: FlowState, menu: ReturnType<typeof menuOf>, wrongKey: boolean): FlowStep {
  if (!menu) return stay(state);
  const failed = state.failed + 1;
  if (failed >= menu.tries)
    return after({ type: 'menu-left', node: state.node, by: 'no-choice' }, enter(state, menu.onFail));
  return wrongKey
    ? play({ ...state, failed }, 'complaining', menu.invalid)
    : play({ ...state, failed }, 'asking', menu.prompt);
}
