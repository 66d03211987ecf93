import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const settingsSchema = z.object({
  /** The server; the environment's CORDBOARD_URL goes before it. */
  url: z.string().optional(),
  /** Electron accelerator that answers from anywhere; CORDBOARD_ANSWER_KEY goes before it. Empty: none. */
  answerKey: z.string().optional(),
  window: box.optional(),
  maximized: z.boolean().optional(),
});
export type Settings = z.infer<typeof settingsSchema>;

/** The settings kept in this file; none when it is absent or spoilt: a desktop must open all the same. */
export function readSettings(file: string): Settings {
  try {
    return settingsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

/** Writes beside the file and renames, so that a crash leaves the old one whole. Throws the file system's errors. */
export function writeSettings(file: string, settings: Settings): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(settings, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}
