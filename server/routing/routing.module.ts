import type { Room } from '#server/kernel/index.ts';
import { routingPermissions } from '#shared/contract/routing.ts';
import { routingFacts } from '#shared/model/facts/index.ts';
import { routingMigrations } from './routing.migrations.ts';
import { routingProjection } from './routing.projection.ts';
import { type RoutingParts, routingRoutes } from './routing.routes.ts';
import { workCommands, workRoutes } from './work.routes.ts';

export const routingRoom: Room<RoutingParts> = {
  name: 'routing',
  facts: routingFacts,
  permissions: routingPermissions,
  migrations: routingMigrations,
  projections: [routingProjection],
  routes(parts, mounts) {
    routingRoutes(parts, mounts);
    workRoutes(parts, mounts);
  },
  commands: workCommands,
  stop: ({ routing }) => routing.stop(),
};
