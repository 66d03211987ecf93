import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type Flow, type FlowInput, type ParsedFlow, parseFlow } from '#shared/flow/index.ts';
import { idSchema } from '#shared/model/ids.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import { ivrOps, type NumberRow, readIvr, readVersion, readVersions, type StoredFlow } from './ivr.store.ts';
import { FlowRun } from './run.ts';
import type { FlowInForce, FlowVersion, Ivr, IvrCall, NumberEntry } from './types.ts';

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

/** Finds the flow of a number and runs it on calls. What is in force is read once; afterwards memory answers. */
export async function createIvr({ kernel }: { kernel: Kernel }): Promise<Ivr> {
  const { db } = kernel;
  let stored = await readIvr(db);
  if (!stored.latest.some(({ id }) => id === 'voicemail')) {
    const document = JSON.stringify(voicemail);
    const first = { id: 'voicemail', version: 1, name: 'Voicemail', document, published: true };
    await db.write([ivrOps.addVersion(first)]);
    stored = await readIvr(db);
  }
  return new Service(kernel, stored);
}

/** A flow in force. `flow` is undefined where the stored document is damaged: its calls are refused. */
interface InForce extends FlowInForce {
  readonly flow: Flow | undefined;
}

class Service implements Ivr {
  readonly #kernel: Kernel;
  readonly #inForce = new Map<string, InForce>();
  readonly #numbers = new Map<string, NumberRow>();
  /** The newest version given to each flow. */
  readonly #latest = new Map<string, number>();
  #listed: { readonly flows: readonly FlowInForce[]; readonly numbers: readonly NumberEntry[] } | undefined;
  #running = 0;

  constructor(kernel: Kernel, stored: Awaited<ReturnType<typeof readIvr>>) {
    this.#kernel = kernel;
    for (const { id, version } of stored.latest) this.#latest.set(id, version);
    for (const row of stored.numbers) this.#numbers.set(row.number, row);
    for (const { id, ...flow } of stored.flows) {
      const parsed = parse(flow);
      // Only a database changed by hand gets here. The caller hears "no such number" rather than nothing.
      if (!parsed.ok) kernel.log.error({ flow: id, problems: parsed.problems }, 'stored flow cannot be run');
      this.#inForce.set(id, entry(id, flow.name, parsed));
    }
  }

  run(call: IvrCall): boolean {
    const number = this.#numbers.get(normalizeNumber(call.dnis));
    return number !== undefined && this.runFlow(call, number.flowId);
  }

  runFlow(call: IvrCall, flowId: string): boolean {
    const flow = this.#inForce.get(flowId)?.flow;
    if (!flow) return false;
    this.#running += 1;
    new FlowRun(this.#kernel, call, flow, () => {
      this.#running -= 1;
    }).start();
    return true;
  }

  flows(): readonly FlowInForce[] {
    return this.#lists().flows;
  }

  numbers(): NumberEntry[] {
    return [...this.#lists().numbers];
  }

  async saveFlow(id: string, name: string, document: unknown): Promise<number> {
    const parsed = parseFlow(document);
    if (!parsed.ok)
      throw new AppError('bad-request', 'this is no flow that can run', { problems: parsed.problems });
    const title = name.trim();
    if (!idSchema.safeParse(id).success || title === '' || /\p{Cc}/u.test(title))
      throw new AppError('bad-request', 'a flow needs an id and a name', { id });
    const version = (this.#latest.get(id) ?? 0) + 1;
    this.#latest.set(id, version); // at once: nobody else gets the same number while this one is stored
    const flow = { id, version, name: title, document: JSON.stringify(parsed.flow), published: false };
    await this.#kernel.journal.write([ivrOps.addVersion(flow)]);
    return version;
  }

  async publish(id: string, version: number): Promise<void> {
    const stored = await readVersion(this.#kernel.db, id, version);
    if (!stored) throw new AppError('not-found', 'this flow has no such version', { id, version });
    const parsed = parse(stored);
    if (!parsed.ok)
      throw new AppError('bad-request', 'this is no flow that can run', { problems: parsed.problems });
    await this.#kernel.journal.write(ivrOps.publish(id, version));
    this.#inForce.set(id, entry(id, stored.name, parsed));
    this.#listed = undefined;
  }

  versions(id: string): Promise<readonly FlowVersion[]> {
    return readVersions(this.#kernel.db, id);
  }

  async assignNumber(number: string, flowId: string, name: string): Promise<void> {
    const normal = normalizeNumber(number);
    const title = name.trim() || normal;
    if (!/^[+a-z0-9*#._-]{1,40}$/.test(normal) || /\p{Cc}/u.test(title))
      throw new AppError('bad-request', 'this is no number', { number });
    if (!this.#inForce.has(flowId))
      throw new AppError('not-found', 'no published flow of this id', { id: flowId });
    const row = { number: normal, flowId, name: title };
    await this.#kernel.journal.write([ivrOps.assign(row)]);
    this.#numbers.set(normal, row);
    this.#listed = undefined;
  }

  async removeNumber(number: string): Promise<void> {
    const normal = normalizeNumber(number);
    await this.#kernel.journal.write([ivrOps.remove(normal)]);
    this.#numbers.delete(normal);
    this.#listed = undefined;
  }

  running = () => this.#running;

  #lists() {
    this.#listed ??= {
      flows: [...this.#inForce.values()]
        .map(({ id, name, queues }) => ({ id, name, queues }))
        .sort((a, b) => byText(a.name, b.name) || byText(a.id, b.id)),
      numbers: [...this.#numbers.values()]
        .map(({ number, name }) => ({ number, name }))
        .sort((a, b) => a.number.length - b.number.length || byText(a.number, b.number)),
    };
    return this.#listed;
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function entry(id: string, name: string, parsed: ParsedFlow): InForce {
  const nodes = parsed.ok ? Object.values(parsed.flow.nodes) : [];
  const queues = nodes.flatMap((node) => (node.type === 'enqueue' ? [node.queue] : []));
  return { id, name, queues: [...new Set(queues)], flow: parsed.ok ? parsed.flow : undefined };
}

function parse({ document }: StoredFlow): ParsedFlow {
  try {
    return parseFlow(JSON.parse(document));
  } catch {
    return parseFlow(undefined);
  }
}
