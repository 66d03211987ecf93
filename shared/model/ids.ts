import { z } from 'zod';

/**
 * Every id is `<prefix>_<26 sortable characters>` (see server/kernel/ids.ts) or, for things an administrator
 * names, a short slug such as `support`. Ids are opaque to clients.
 */
export const idSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/);
export type Id = z.infer<typeof idSchema>;

/** Milliseconds since the Unix epoch. */
export const instantSchema = z.number().int().nonnegative();
export type Instant = z.infer<typeof instantSchema>;
