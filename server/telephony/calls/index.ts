export { callsRoom } from './calls.module.ts';
export type { CallsOptions, CallsService } from './calls.service.ts';
export { createCalls } from './calls.service.ts';
export type { Calls, FlowCall } from './types.ts';
