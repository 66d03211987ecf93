import { customersStore } from '#server/customers/index.ts';
import { createTextIndex } from '#server/interactions/index.ts';
import { createIds, type Kernel } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { DEMO_PASSWORD, demoAgents, demoUsers } from './cast.ts';
import { importFacts } from './import-facts.ts';
import { createRandom } from './random.core.ts';

export interface SeedDeps {
  readonly kernel: Kernel;
  readonly people: Pick<People, 'users' | 'userByName' | 'addUser' | 'setFixedUri'>;
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

/**
 * Fills an empty centre with the demo: users, customers, cases and a month of history. Does nothing when there are users
 * already; finishes what an interrupted run began. True when it did something.
 */
export async function seedDemo(deps: SeedDeps, options: DemoOptions = {}): Promise<boolean> {
  const { people } = deps;
  const demo = new Set(demoUsers.map((user) => user.id));
  const complete = demoUsers.at(-1);
  if (people.users().some(({ username }) => !demo.has(username) || username === complete?.id)) return false;
  if (customersStore(deps.kernel.db).count() === 0) await seedCentre(deps, options);
  // One after the other: the order of adding is the order of every list of users.
  for (const { id, name, roles, team } of demoUsers)
    if (!people.userByName(id))
      await people.addUser({ id, username: id, name, roles, team, password: DEMO_PASSWORD });
  return true;
}

/** Ids of the demo's agents, agent1 first. */
export const demoAgentIds: readonly string[] = demoAgents.map((agent) => agent.id);

/** Customers, cases and history, all or nothing. */
async function seedCentre({ kernel, random: seed = 1 }: SeedDeps, options: DemoOptions): Promise<void> {
  // Loaded only when there is something to make: the name lists are large.
  const [{ makeCases, makeCustomers }, { makeHistory }] = await Promise.all([
    import('./customers.ts'),
    import('./history.ts'),
  ]);
  const { db, clock } = kernel;
  const now = clock.now();
  const random = createRandom(seed);
  let time = now;
  const ids = createIds(() => time, random.bytes);
  const id = (prefix: string, at = now): string => {
    time = at;
    return ids.next(prefix);
  };
  const days = options.days ?? 28;
  // Ids sort by time and never go back: the oldest things are made first.
  const born = now - (days + 60) * 86_400_000;
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
  const store = customersStore(db);
  db.file.transaction(() => {
    for (const account of accounts) store.addAccount(account);
    for (const customer of customers) store.addCustomer(customer, born);
    for (const one of cases) store.addCase(one);
    importFacts(db, history);
  })();
  const named = new Map(customers.map((customer) => [customer.id, customer.name]));
  createTextIndex(db, (customerId) => named.get(customerId)).catchUp(Number.MAX_SAFE_INTEGER);
}
