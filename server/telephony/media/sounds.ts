import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside this file in the source, beside the bundle when built: the build copies the folder. */
const folder = new URL('./sounds/', import.meta.url);

/**
 * Absolute path of a sound that comes with the program: `music`, `ringback`, `beep`, or a prompt's id.
 * @throws Error for an unknown id: that is a bug, ids are written in code
 */
export function soundPath(id: string): string {
  const path = fileURLToPath(new URL(`${encodeURIComponent(id)}.wav`, folder));
  if (!existsSync(path)) throw new Error(`There is no sound ${id}.`);
  return path;
}
