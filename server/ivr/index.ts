export { type IvrParts, ivrRoom } from './ivr.module.ts';
export { createIvr } from './ivr.service.ts';
export { ivrMigrations } from './ivr.store.ts';
export { seedNumbers } from './seed.ts';
export type { FlowInForce, FlowVersion, Ivr, IvrCall, NumberEntry } from './types.ts';
