import { type QueueSettings, queueDefaults } from '#shared/model/routing.ts';

/** The built-in queue of work meant for one agent alone: an extension dialled directly. It has no members. */
export const DIRECT = 'direct';

/** How work for one agent alone is treated. */
export const directQueue: QueueSettings = {
  ...queueDefaults,
  id: DIRECT,
  name: 'Direct',
  wrapUp: { mode: 'optional', ms: 0, extendMs: 0 },
  ringMs: 60_000,
};
