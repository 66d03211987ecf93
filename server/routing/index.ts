export type { Effect, RoutingEvent } from './events.core.ts';
export { RoutingCore } from './routing.core.ts';
export { routingMigrations } from './routing.migrations.ts';
export { createRouting, type RoutingOptions } from './routing.service.ts';
export { type RoutingSeed, seedQueues } from './seed.ts';
export { DIRECT } from './settings.core.ts';
export type * from './types.ts';
