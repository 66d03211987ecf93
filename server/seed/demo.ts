import { customersStore } from '#server/customers/index.ts';
import { createIds, type Kernel, type Op } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { DEMO_PASSWORD, demoAgents, demoUsers } from './cast.ts';
import type { PastFact } from './history.ts';
import { createRandom } from './random.core.ts';

export interface SeedDeps {
  readonly kernel: Kernel;
  readonly people: Pick<People, 'users' | 'userByName' | 'addUser' | 'fixedUri' | 'setFixedUri'>;
  /** The same seed and the same time make the same centre. */
  readonly random?: number;
}

export interface DemoOptions {
  readonly customers?: number;
  readonly accounts?: number;
  readonly cases?: number;
  /** Days of history, and calls on an ordinary day. */
  readonly days?: number;
  readonly callsPerDay?: number;
  /** The centre's distance from UTC in milliseconds: calls come in its daytime. Default: this machine's. */
  readonly offset?: number;
}

const DAY = 86_400_000;
/** Statements in one write: a database gives up on one that takes seconds. */
const AT_ONCE = 1_500;

/**
 * Fills an empty centre with the demo: users, customers, cases and a month of history. Does nothing when there are users
 * already; finishes what an interrupted run began. True when it did something.
 */
export async function seedDemo(deps: SeedDeps, options: DemoOptions = {}): Promise<boolean> {
  const { people } = deps;
  const demo = new Set(demoUsers.map((user) => user.id));
  const complete = demoUsers.at(-1);
  if (people.users().some(({ username }) => !demo.has(username) || username === complete?.id)) return false;
  if (people.users().length === 0) await seedCentre(deps, options); // users come when all else is there
  // One after the other: the order of adding is the order of every list of users.
  for (const { id, name, roles, team } of demoUsers)
    if (!people.userByName(id))
      await people.addUser({ id, username: id, name, roles, team, password: DEMO_PASSWORD });
  return true;
}

/** Ids of the demo's agents, agent1 first. */
export const demoAgentIds: readonly string[] = demoAgents.map((agent) => agent.id);

/**
 * Customers, cases and history, in this order and in many writes. A run that was cut off made exactly what this one makes, as far
 * as it came: when it began is read from its first customer, and what is stored already is passed over.
 */
async function seedCentre({ kernel, random: seed = 1 }: SeedDeps, options: DemoOptions): Promise<void> {
  // Loaded only when there is something to make: the name lists are large.
  const [{ makeCases, makeCustomers }, { makeHistory }] = await Promise.all([
    import('./customers.ts'),
    import('./history.ts'),
  ]);
  const { db, clock, journal } = kernel;
  const stored = await customersStore.stock(db);
  const days = options.days ?? 28;
  const age = (days + 60) * DAY;
  const now = stored.since === null ? clock.now() : stored.since + age;
  const born = now - age; // ids sort by time and never go back: the oldest things are made first
  const random = createRandom(seed);
  let time = now;
  const ids = createIds(() => time, random.bytes);
  const id = (prefix: string, at = now): string => {
    time = at;
    return ids.next(prefix);
  };
  const { accounts, customers } = makeCustomers(random, (prefix) => id(prefix, born), {
    customers: options.customers ?? 2000,
    accounts: options.accounts ?? 300,
  });
  const cases = makeCases(random, (prefix) => id(prefix, born), customers, options.cases ?? 400, now);
  const history = makeHistory({
    random,
    now,
    days,
    perDay: options.callsPerDay ?? 200,
    offset: options.offset ?? -new Date(now).getTimezoneOffset() * 60_000,
    customers,
    id,
  });
  const { accountOps, customerOps, caseOps } = customersStore;
  await writeAll(kernel, [
    // The accounts go with the first customer: without one, nothing is there.
    ...customers
      .map((one, i) => [...(i === 0 ? accounts.flatMap(accountOps) : []), ...customerOps(one, born)])
      .slice(stored.customers),
    ...cases.map((one) => caseOps(one)).slice(stored.cases),
  ]);
  await journal.import(history.slice(stored.customers === 0 ? 0 : await imported(kernel, history)));
}

/** Writes these in order, those of one list together. */
async function writeAll({ db }: Kernel, lists: readonly (readonly Op[])[]): Promise<void> {
  let ops: Op[] = [];
  for (const [i, list] of lists.entries()) {
    ops.push(...list);
    if (ops.length < AT_ONCE && i < lists.length - 1) continue;
    await db.write(ops);
    ops = [];
  }
}

/** How many facts of this history are in the journal: they went in in their order, so halving finds it. */
async function imported({ journal }: Kernel, history: readonly PastFact[]): Promise<number> {
  const isStored = async ({ at, fact }: PastFact): Promise<boolean> =>
    'interactionId' in fact &&
    (await journal.ofInteraction(fact.interactionId)).some((one) => one.type === fact.type && one.at === at);
  let [low, high] = [0, history.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = history[middle];
    if (one && (await isStored(one))) low = middle + 1;
    else high = middle;
  }
  return low;
}
