import { type Config, ConfigError } from './config.ts';
import { type Ivr, seedNumbers } from './ivr/index.ts';
import type { Kernel } from './kernel/index.ts';
import type { People } from './people/index.ts';
import { type RoutingService, seedQueues } from './routing/index.ts';
import { benchAgentIds, demoAgentIds, seedBench, seedDemo } from './seed/index.ts';

/**
 * What an empty centre is given: the demo, the benchmark, or for production its first administrator. Does nothing to one
 * that has people already. Rejects with ConfigError when production lacks its first password.
 */
export async function fill(
  config: Config,
  {
    kernel,
    people,
    routing,
    ivr,
  }: {
    readonly kernel: Kernel;
    readonly people: People;
    readonly routing: RoutingService;
    readonly ivr: Ivr;
  },
): Promise<void> {
  const { seed } = config;
  if (seed.kind === 'demo') {
    await seedDemo({ kernel, people });
    await seedQueues(routing, 'demo', demoAgentIds);
    await seedNumbers(ivr, 'demo');
  } else if (seed.kind === 'bench') {
    await seedBench({ kernel, people }, { agents: seed.agents, password: config.benchPassword });
    await seedQueues(routing, 'bench', benchAgentIds(seed.agents));
    await seedNumbers(ivr, 'bench');
  } else if (config.production && people.users().length === 0) {
    if (!config.adminPassword)
      throw new ConfigError(
        'CORDBOARD_ADMIN_PASSWORD is needed at the first start: the password of the user admin',
      );
    await people.addUser({
      username: 'admin',
      name: 'Administrator',
      roles: ['administrator'],
      password: config.adminPassword,
    });
    await seedQueues(routing, 'plain', []);
    await seedNumbers(ivr, 'demo');
  }
}
