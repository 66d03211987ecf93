import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside this file in the source, beside the bundle when built: the build copies the folder. */
const folder = new URL('./sounds/', import.meta.url);

/** A spoken sound that comes with the program. */
export interface SystemPrompt {
  /** `main-menu.en` */
  readonly id: string;
  /** `en`, `zh` */
  readonly language: string;
  /** What is said. */
  readonly text: string;
  /** Name within the folder of sounds. */
  readonly file: string;
}

let prompts: readonly SystemPrompt[] | undefined;

/** Every spoken prompt that comes with the program, with its text. */
export function systemPrompts(): readonly SystemPrompt[] {
  prompts ??= JSON.parse(readFileSync(new URL('prompts.json', folder), 'utf8')) as SystemPrompt[];
  return prompts;
}

/**
 * Absolute path of a sound that comes with the program: `music`, `ringback`, `beep`, or a prompt's id.
 * @throws Error for an unknown id: that is a bug, ids are written in code
 */
export function soundPath(id: string): string {
  const path = fileURLToPath(new URL(`${encodeURIComponent(id)}.wav`, folder));
  if (!existsSync(path)) throw new Error(`There is no sound ${id}.`);
  return path;
}
