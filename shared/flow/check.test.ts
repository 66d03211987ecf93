import { describe, expect, it } from 'vitest';
import { parseFlow } from './check.core.ts';

const menu = {
  type: 'menu',
  prompt: 'main-menu.en',
  options: { '1': 'support' },
  invalid: 'invalid.en',
  tries: 3,
  timeoutMs: 5_000,
  onFail: 'support',
};
const good = {
  format: 1,
  entry: 'answer',
  nodes: {
    answer: { type: 'answer', next: 'menu' },
    menu,
    support: { type: 'enqueue', queue: 'support' },
  },
};
const withNodes = (nodes: object, entry = 'answer') => ({
  ...good,
  entry,
  nodes: { ...good.nodes, ...nodes },
});
const problems = (input: unknown): string[] => {
  const parsed = parseFlow(input);
  return parsed.ok ? [] : parsed.problems.map((p) => `${p.code} ${p.node ?? '-'} ${p.edge ?? '-'}`);
};

describe('parseFlow', () => {
  it('accepts a flow and fills in what may be left out', () => {
    const parsed = parseFlow(good);
    expect(parsed.ok && parsed.flow.nodes.support).toEqual({
      type: 'enqueue',
      queue: 'support',
      priority: 0,
    });
  });

  it('F1 names each edge to nowhere, and the entry', () => {
    const flow = withNodes({ menu: { ...menu, options: { '1': 'support', '2': 'gone' }, onFail: 'lost' } });
    expect(problems(flow)).toEqual(['edge-to-nowhere menu options.2', 'edge-to-nowhere menu onFail']);
    expect(problems({ ...good, entry: 'start' })).toEqual(['edge-to-nowhere - entry']);
    expect(problems({ ...good, entry: 'constructor' })).toEqual(['edge-to-nowhere - entry']);
  });

  it('F1 names nodes that nothing leads to, also when they lead to each other', () => {
    const island = {
      a: { type: 'play', prompt: 'x', next: 'b' },
      b: { type: 'play', prompt: 'x', next: 'a' },
    };
    expect(problems(withNodes(island))).toEqual(['unreachable a -', 'unreachable b -']);
  });

  it('F2 refuses prompts on a call nobody answered, but not queueing it', () => {
    expect(problems(withNodes({ answer: { type: 'hang-up' } }, 'menu'))).toContain('not-answered menu -');
    const queueOnly = { format: 1, entry: 'q', nodes: { q: { type: 'enqueue', queue: 'sales' } } };
    expect(problems(queueOnly)).toEqual([]);
    const echo = { format: 1, entry: 'e', nodes: { e: { type: 'echo' } } };
    expect(problems(echo)).toEqual(['not-answered e -']);
  });

  it('F3 refuses a circle that waits for nothing, and allows one with a prompt', () => {
    const circle = {
      format: 1,
      entry: 'a',
      nodes: { a: { type: 'answer', next: 'b' }, b: { type: 'answer', next: 'a' } },
    };
    expect(problems(circle)).toEqual(['endless a next']);
    const spoken = { ...circle, nodes: { ...circle.nodes, b: { type: 'play', prompt: 'x', next: 'a' } } };
    expect(problems(spoken)).toEqual([]);
  });

  it.each([
    ['not an object', null],
    ['another format', { ...good, format: 2 }],
    ['no tries', withNodes({ menu: { ...menu, tries: 0 } })],
    ['too many tries', withNodes({ menu: { ...menu, tries: 6 } })],
    ['a key that is none', withNodes({ menu: { ...menu, options: { '12': 'support' } } })],
    ['a menu without options', withNodes({ menu: { ...menu, options: {} } })],
    ['an unknown node', withNodes({ support: { type: 'dance' } })],
    ['a prompt that is a path', withNodes({ menu: { ...menu, prompt: '../../etc/passwd' } })],
  ])('refuses %s as malformed', (_, input) => {
    expect(new Set(problems(input).map((p) => p.split(' ')[0]))).toEqual(new Set(['malformed']));
  });

  it('says where a malformed node is', () => {
    expect(problems(withNodes({ menu: { ...menu, tries: 9 } }))).toEqual(['malformed menu nodes.menu.tries']);
  });
});
