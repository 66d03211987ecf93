export { type BackupOptions, backup, type Kept } from './backup.ts';
export { differing } from './copy.ts';
export { examine, type Finding } from './doctor.ts';
export { type Moved, move } from './move.ts';
export type { Centre, Schema } from './place.ts';
export { REBUILDING, type RebuildOptions, type Rebuilt, rebuild } from './rebuild.ts';
export { leftOut, restore, sumsAt } from './restore.ts';
