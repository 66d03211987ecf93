import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { sql } from 'kysely';
import { statements } from '#server/kernel/index.ts';

/** Stands behind the name of a recording that is being written, or was when its server was killed. */
export const OPEN = '.open';

const statement = statements<Record<string, Record<string, string | number | null>>>();

/** The recordings that contacts tell of; `ms` is null while one is being made, or when it failed. */
export const recordingsTold = statement(
  () => sql<{ file: string; ms: number | null; problem: string | null }>`
    select recording_file as file, recording_ms as ms, recording_problem as problem
      from interaction where recording_file is not null`,
);

/** Names of all files below a folder, in it, with `/` on every system. */
export async function* filesBelow(folder: string, root = folder): AsyncGenerator<string> {
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path, root);
    else if (entry.isFile()) yield relative(root, path).split(sep).join('/');
  }
}
