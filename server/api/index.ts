export { createApi } from './server.ts';
export type { ApiDeps, ApiServer, CommandTable, DeskView, Gateway, Gauge, Health } from './types.ts';
