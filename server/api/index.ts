export { sessionCookies } from './access.ts';
export { createApi } from './server.ts';
export type { ApiDeps, ApiServer, Gateway, Gauge, Health, PartHealth } from './types.ts';
