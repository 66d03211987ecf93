import { type Flow, type FlowNode, flowSchema } from './document.ts';

/** Why a document is no flow. `node` and `edge` say where, for the editor. */
export interface FlowProblem {
  readonly code: 'malformed' | 'edge-to-nowhere' | 'unreachable' | 'not-answered' | 'endless';
  /** Of the node, or undefined when the document itself is meant. */
  readonly node: string | undefined;
  /** `next`, `onFail`, `options.3`, `entry`, or a path inside the document. */
  readonly edge: string | undefined;
  readonly message: string;
}

export type ParsedFlow =
  | { readonly ok: true; readonly flow: Flow }
  | { readonly ok: false; readonly problems: readonly FlowProblem[] };

/**
 * Turns anything into a flow that can run, or says everything that is wrong with it:
 * - F1 every edge leads to a node, and every node can be reached;
 * - F2 nothing is played, asked or echoed before the call is answered;
 * - F3 no circle consists of `answer` nodes alone: it would never wait for anything.
 */
export function parseFlow(input: unknown): ParsedFlow {
  const parsed = flowSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) =>
      problem(
        'malformed',
        path[0] === 'nodes' ? text(path[1]) : undefined,
        path.map(String).join('.'),
        message,
      ),
    );
    return { ok: false, problems };
  }
  const flow = parsed.data;
  const problems = [...lostEdges(flow)];
  if (problems.length === 0) problems.push(...unreachable(flow), ...unanswered(flow), ...endless(flow));
  return problems.length === 0 ? { ok: true, flow } : { ok: false, problems };
}

/** Edges that leave a node, by name. */
export function edgesOf(node: FlowNode): [edge: string, target: string][] {
  switch (node.type) {
    case 'answer':
    case 'play':
    case 'record':
      return [['next', node.next]];
    case 'menu': {
      const options = Object.entries(node.options).map(([digit, target]) => [`options.${digit}`, target]);
      return [...(options as [string, string][]), ['onFail', node.onFail]];
    }
    case 'enqueue':
      return node.onRefused === undefined ? [] : [['onRefused', node.onRefused]];
    case 'echo':
    case 'hang-up':
      return [];
  }
}

function* lostEdges(flow: Flow): Generator<FlowProblem> {
  const lost = (target: string): boolean => !Object.hasOwn(flow.nodes, target);
  if (lost(flow.entry)) yield problem('edge-to-nowhere', undefined, 'entry', 'the entry is no node');
  for (const [id, node] of Object.entries(flow.nodes)) {
    for (const [edge, target] of edgesOf(node)) {
      if (lost(target)) yield problem('edge-to-nowhere', id, edge, `there is no node ${target}`);
    }
  }
}

/** Nodes reached from the entry, going on only from nodes that `through` lets pass. */
function reached(flow: Flow, through: (node: FlowNode) => boolean): Set<string> {
  const seen = new Set([flow.entry]);
  for (const id of seen) {
    const node = flow.nodes[id];
    if (node && through(node)) for (const [, target] of edgesOf(node)) seen.add(target);
  }
  return seen;
}

function* unreachable(flow: Flow): Generator<FlowProblem> {
  const seen = reached(flow, () => true);
  for (const id of Object.keys(flow.nodes)) {
    if (!seen.has(id)) yield problem('unreachable', id, undefined, 'nothing leads to this node');
  }
}

function* unanswered(flow: Flow): Generator<FlowProblem> {
  for (const id of reached(flow, (node) => node.type !== 'answer')) {
    const type = flow.nodes[id]?.type;
    if (type === 'play' || type === 'menu' || type === 'echo' || type === 'record')
      yield problem('not-answered', id, undefined, 'the call is not answered yet when it comes here');
  }
}

function* endless(flow: Flow): Generator<FlowProblem> {
  const fine = new Set<string>();
  for (const start of Object.keys(flow.nodes)) {
    const walked = new Set<string>();
    let id = start;
    for (let node = flow.nodes[id]; node?.type === 'answer' && !fine.has(id); node = flow.nodes[id]) {
      if (walked.has(id)) {
        yield problem('endless', id, 'next', 'this circle never waits for anything');
        break;
      }
      walked.add(id);
      id = node.next;
    }
    for (const seen of walked) fine.add(seen); // one report for each circle
  }
}

const text = (key: PropertyKey | undefined): string | undefined =>
  key === undefined ? undefined : String(key);

function problem(
  code: FlowProblem['code'],
  node: string | undefined,
  edge: string | undefined,
  message: string,
): FlowProblem {
  return { code, node, edge, message };
}
