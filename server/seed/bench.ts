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
const AT_ONCE = 8;

/**
 * Fills an empty centre for measuring: agents `agent1` to `agentN` at fixed phones, and customers `+1415200NNNN`.
 * Does nothing when there are users already. True when it did something.
 */
export async function seedBench(
  { kernel, people }: SeedDeps,
  { agents, password, customers = 500 }: BenchOptions,
): Promise<boolean> {
  if (people.users().length > 0) return false;
  const { db, clock } = kernel;
  const store = customersStore(db);
  if (store.count() === 0)
    db.file.transaction(() => {
      for (let i = 0; i < customers; i++) store.addCustomer(benchCustomer(i), clock.now());
    })();
  const ids = benchAgentIds(agents);
  // A few at a time: with a password each of them costs a hash.
  for (let i = 0; i < ids.length; i += AT_ONCE)
    await Promise.all(
      ids.slice(i, i + AT_ONCE).map(async (id) => {
        await people.addUser({ id, username: id, name: id, roles: ['agent'], password: password ?? null });
        people.setFixedUri(id, `sip:${id}@${PHONES}`);
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
