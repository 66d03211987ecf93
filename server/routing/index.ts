export { createRouting, type RoutingService } from './routing.service.ts';
export { routingMigrations } from './routing.store.ts';
export { seedQueues } from './seed.ts';
export { DIRECT, wrapUpNeedsDisposition } from './settings.core.ts';
export type * from './types.ts';
