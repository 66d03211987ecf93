import type { Room } from '#server/kernel/index.ts';
import { interactionPermissions } from '#shared/contract/interactions.ts';
import { interactionsFacts } from '#shared/model/facts/index.ts';
import { DERIVED, deriveIndex } from './derive.ts';
import { interactionsProjections } from './interactions.projection.ts';
import { type InteractionsParts, interactionsCommands, interactionsRoutes } from './interactions.routes.ts';
import { interactionsMigrations } from './schema.ts';

export const interactionsRoom: Room<InteractionsParts> = {
  name: 'interactions',
  facts: interactionsFacts,
  permissions: interactionPermissions,
  migrations: interactionsMigrations,
  projections: interactionsProjections,
  derived: DERIVED,
  derive: deriveIndex,
  routes: interactionsRoutes,
  commands: interactionsCommands,
  stop: ({ interactions }) => interactions.stop(),
};
