import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import { type Flow, type FlowInput, parseFlow } from '#shared/flow/index.ts';
import { idSchema } from '#shared/model/ids.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import { IvrStore } from './ivr.store.ts';
import { FlowRun } from './run.ts';
import type { FlowInForce, FlowVersion, Ivr, IvrCall, NumberEntry } from './types.ts';

/** Finds the flow of a number and runs it on calls. Flows are parsed once and kept until something is changed. */
export function createIvr({ kernel }: { kernel: Kernel }): Ivr {
  return new Service(kernel);
}

/** Where overflow to voicemail leads, in every centre: a message taken here waits in its queue as a callback. */
const voicemail: FlowInput = {
  format: 1,
  entry: 'answer',
  nodes: {
    answer: { type: 'answer', next: 'message' },
    message: { type: 'record', prompt: 'voicemail.en', maxMs: 180_000, next: 'thanks' },
    thanks: { type: 'play', prompt: 'goodbye.en', next: 'end' },
    end: { type: 'hang-up' },
  },
};

class Service implements Ivr {
  readonly #kernel: Kernel;
  readonly #store: IvrStore;
  readonly #flows = new Map<string, Flow>();
  #numbers: readonly NumberEntry[] | undefined;
  #inForce: readonly FlowInForce[] | undefined;
  #running = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#store = new IvrStore(kernel.db);
    if (this.versions('voicemail').length === 0)
      this.publish('voicemail', this.saveFlow('voicemail', 'Voicemail', voicemail));
  }

  run(call: IvrCall): boolean {
    return this.#start(call, this.#flow(`number ${normalizeNumber(call.dnis)}`));
  }

  runFlow(call: IvrCall, flowId: string): boolean {
    return this.#start(call, this.#flow(`flow ${flowId}`));
  }

  #start(call: IvrCall, flow: Flow | undefined): boolean {
    if (!flow) return false;
    this.#running += 1;
    new FlowRun(this.#kernel, call, flow, () => {
      this.#running -= 1;
    }).start();
    return true;
  }

  flows(): readonly FlowInForce[] {
    this.#inForce ??= this.#store.flows().map(({ id, name, document }) => {
      const parsed = parseFlow(readJson(document));
      const nodes = parsed.ok ? Object.values(parsed.flow.nodes) : [];
      const queues = nodes.flatMap((node) => (node.type === 'enqueue' ? [node.queue] : []));
      return { id, name, queues: [...new Set(queues)] };
    });
    return this.#inForce;
  }

  numbers(): NumberEntry[] {
    this.#numbers ??= this.#store.numbers();
    return [...this.#numbers];
  }

  saveFlow(id: string, name: string, document: unknown): number {
    const parsed = parseFlow(document);
    if (!parsed.ok)
      throw new AppError('bad-request', 'this is no flow that can run', { problems: parsed.problems });
    if (!idSchema.safeParse(id).success || name.trim() === '')
      throw new AppError('bad-request', 'a flow needs an id and a name', { id });
    return this.#store.addVersion(id, name.trim(), JSON.stringify(parsed.flow));
  }

  publish(id: string, version: number): void {
    if (!this.#store.publish(id, version))
      throw new AppError('not-found', 'this flow has no such version', { id, version });
    this.#changed();
  }

  versions(id: string): readonly FlowVersion[] {
    return this.#store.versions(id);
  }

  assignNumber(number: string, flowId: string, name: string): void {
    const normal = normalizeNumber(number);
    if (!/^[+a-z0-9*#._-]{1,40}$/.test(normal))
      throw new AppError('bad-request', 'this is no number', { number });
    if (!this.#store.versions(flowId).some((version) => version.published))
      throw new AppError('not-found', 'no published flow of this id', { id: flowId });
    this.#store.assign(normal, flowId, name.trim() || normal);
    this.#changed();
  }

  removeNumber(number: string): void {
    this.#store.remove(normalizeNumber(number));
    this.#changed();
  }

  running = () => this.#running;

  #changed(): void {
    this.#flows.clear();
    this.#numbers = undefined;
    this.#inForce = undefined;
  }

  /** @param key `number 4001` or `flow voicemail` */
  #flow(key: string): Flow | undefined {
    const known = this.#flows.get(key);
    if (known) return known;
    const [kind, id = ''] = key.split(' ', 2);
    const document = kind === 'number' ? this.#store.documentFor(id) : this.#store.published(id);
    if (document === undefined) return undefined;
    const parsed = parseFlow(readJson(document));
    if (!parsed.ok) {
      // Only a database changed by hand gets here. The caller hears "no such number" rather than nothing.
      this.#kernel.log.error({ flow: key, problems: parsed.problems }, 'stored flow cannot be run');
      return undefined;
    }
    this.#flows.set(key, parsed.flow);
    return parsed.flow;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
