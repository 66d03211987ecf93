import type { FlowInput } from '#shared/flow/index.ts';
import type { Ivr } from './types.ts';

/** Who waits may press 1 to be called back, and is told so. */
const queued = (queue: string): FlowInput['nodes'][string] => ({
  type: 'enqueue',
  queue,
  callbackKey: '1',
  announce: { prompt: 'callback-offer.en', afterMs: 10_000, everyMs: 45_000 },
});

/** Queues without answering: the caller hears ringing first, and music only after the queue's own time. */
const straightTo = (queue: string): FlowInput => ({
  format: 1,
  entry: 'queue',
  nodes: { queue: queued(queue) },
});

const mainMenu: FlowInput = {
  format: 1,
  entry: 'answer',
  nodes: {
    answer: { type: 'answer', next: 'menu' },
    menu: {
      type: 'menu',
      prompt: 'main-menu.en',
      options: { '1': 'support', '2': 'sales', '3': 'billing' },
      invalid: 'invalid.en',
      tries: 3,
      timeoutMs: 5_000,
      onFail: 'support',
    },
    support: queued('support'),
    sales: queued('sales'),
    billing: queued('billing'),
  },
};

const echoTest: FlowInput = {
  format: 1,
  entry: 'answer',
  nodes: {
    answer: { type: 'answer', next: 'hello' },
    hello: { type: 'play', prompt: 'echo.en', next: 'echo' },
    echo: { type: 'echo' },
  },
};

interface Plan {
  readonly number: string;
  readonly name: string;
  readonly flow: string;
  readonly document: FlowInput;
}
const plans: Readonly<Record<'demo' | 'bench', readonly Plan[]>> = {
  demo: [
    { number: '4000', name: 'Main menu', flow: 'main-menu', document: mainMenu },
    { number: '4001', name: 'Support', flow: 'support', document: straightTo('support') },
    { number: '4002', name: 'Sales', flow: 'sales', document: straightTo('sales') },
    { number: '4003', name: 'Billing', flow: 'billing', document: straightTo('billing') },
    { number: '4010', name: 'Echo test', flow: 'echo-test', document: echoTest },
  ],
  bench: [{ number: '4900', name: 'Benchmark', flow: 'bench', document: straightTo('bench') }],
};

/** The numbers of the demo centre, or of the benchmark. Does nothing where there are numbers already; true when made. */
export async function seedNumbers(ivr: Ivr, kind: 'demo' | 'bench'): Promise<boolean> {
  if (ivr.numbers().length > 0) return false;
  for (const { number, name, flow, document } of plans[kind]) {
    await ivr.publish(flow, await ivr.saveFlow(flow, name, document));
    await ivr.assignNumber(number, flow, name);
  }
  return true;
}
