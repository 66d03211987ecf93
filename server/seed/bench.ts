import { customersStore, type NewCustomer } from '#server/customers/index.ts';
import type { SeedDeps } from './demo.ts';

export interface BenchOptions {
  readonly agents: number;
  /** Default: none; the agents then cannot sign in, and need not. */
  readonly password?: string | undefined;
  readonly customers?: number;
}

/** Where the phone of every bench agent answers; the user part tells them apart. */
const PHONES = '127.0.0.1:7000;transport=udp';
const AREA = '415';
/** Agents added side by side, which share the journal's commits; with a password each of them costs a hash. */
const AT_ONCE = 500;
const HASHED_AT_ONCE = 8;

/**
 * Fills an empty centre for measuring: agents `agent1` to `agentN` at fixed phones, and customers `+1415200NNNN`.
 * Does nothing when there are other users; finishes what an interrupted run began. True when it did something.
 */
export async function seedBench(
  { kernel, people }: SeedDeps,
  { agents, password, customers = 500 }: BenchOptions,
): Promise<boolean> {
  const ids = benchAgentIds(agents);
  const own = new Set(ids);
  if (people.users().some(({ id }) => !own.has(id))) return false;
  const missing = ids.filter((id) => people.fixedUri(id) === undefined);
  if (missing.length === 0) return false;

  const { db, clock } = kernel;
  if ((await customersStore.customerCount(db)) === 0)
    await db.write(
      Array.from({ length: customers }, (_, i) =>
        customersStore.customerOps(benchCustomer(i), clock.now()),
      ).flat(),
    );
  const size = password === undefined ? AT_ONCE : HASHED_AT_ONCE;
  for (let i = 0; i < missing.length; i += size)
    await Promise.all(
      missing.slice(i, i + size).map(async (id) => {
        if (!people.userByName(id))
          await people.addUser({ id, username: id, name: id, roles: ['agent'], password: password ?? null });
        await people.setFixedUri(id, `sip:${id}@${PHONES}`);
      }),
    );
  return true;
}

/** Ids of the bench's agents, agent1 first. */
export const benchAgentIds = (agents: number): readonly string[] =>
  Array.from({ length: agents }, (_, i) => `agent${i + 1}`);

function benchCustomer(index: number): NewCustomer {
  const value = `+1${AREA}200${String(index).padStart(4, '0')}`;
  return {
    id: `bench-${index + 1}`,
    name: `Customer ${index + 1}`,
    tier: 'standard',
    language: 'en',
    city: null,
    timeZone: 'UTC',
    ownerId: null,
    accounts: [],
    points: [{ kind: 'phone', value, label: 'mobile' }],
  };
}
