export { interactionsRoom } from './interactions.module.ts';
export { interactionsProjections } from './interactions.projection.ts';
export type { InteractionsParts } from './interactions.routes.ts';
export { createInteractions, type InteractionsOptions } from './interactions.service.ts';
export { openingOps, wordsOps } from './interactions.store.ts';
export { buildPop, type PopSources } from './pop.ts';
export { interactionsMigrations } from './schema.ts';
export type { Names } from './summary.ts';
export type { Contact, HistoryFilter, Interactions, NewContact } from './types.ts';
