export { interactionsProjection } from './interactions.projection.ts';
export { createInteractions, type InteractionsOptions } from './interactions.service.ts';
export { buildPop, type PopSources } from './pop.ts';
export { interactionsMigrations } from './schema.ts';
export type { Names } from './summary.ts';
export { createTextIndex } from './text-index.ts';
export type { HistoryFilter, Interactions } from './types.ts';
