import { createReadStream, existsSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { DatabaseRefused } from '#server/kernel/index.ts';

/**
 * The form of a backup: gzipped lines of JSON.
 *
 *     {"cordboard": 1, "at": ..., "migrations": [...]}
 *     {"table": "user"}        then its rows, an array of rows a line
 *     {"file": "2026/..."}     then its content, base64, a piece a line (with recordings only)
 *     {"sums": {...}, "files": {...}}
 */
export const FORMAT = 1;
export type Line =
  | { readonly cordboard: typeof FORMAT; readonly at: number; readonly migrations: readonly string[] }
  | { readonly table: string }
  | { readonly file: string }
  | readonly z.output<typeof row>[]
  | string
  | Tail;

const row = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const sum = z.object({ rows: z.number(), hash: z.string() });
export const headSchema = z.object({
  cordboard: z.literal(FORMAT),
  at: z.number(),
  migrations: z.array(z.string()),
});
const tailSchema = z.object({
  /** Of every table. */
  sums: z.record(z.string(), sum),
  /** Of the recordings: how many, and over their names and contents. */
  files: sum,
});
export type Tail = z.output<typeof tailSchema>;
/** What stands between the first line and the end of the file. */
export const bodySchema = z.union([
  z.array(row),
  z.string(),
  tailSchema,
  z.object({ table: z.string() }),
  z.object({ file: z.string() }),
]);

export const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`;

/**
 * The lines of a backup, parsed; read as they are asked for. Rejects with `DatabaseRefused` for what cannot be unpacked or
 * is no JSON, and what is cut off in the middle of a line.
 */
export async function* readLines(file: string): AsyncGenerator<unknown> {
  if (!existsSync(file)) throw new DatabaseRefused(`there is no file ${file}`);
  const unzip = createGunzip();
  const input = createReadStream(file);
  input.on('error', (error) => unzip.destroy(error));
  input.pipe(unzip);
  unzip.setEncoding('utf8');
  let count = 0;
  let rest: string[] = [];
  try {
    for await (const chunk of unzip as AsyncIterable<string>) {
      const pieces = chunk.split('\n');
      rest.push(pieces.shift() ?? '');
      for (const piece of pieces) {
        yield JSON.parse(rest.join('')) as unknown;
        count += 1;
        rest = [piece];
      }
    }
    if (rest.some((piece) => piece !== '')) throw new Error('its last line is cut off');
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'EISDIR' || (count === 0 && (error instanceof SyntaxError || code?.startsWith('Z_'))))
      throw new DatabaseRefused(`${file} is no backup of Cordboard`);
    if (error instanceof SyntaxError || code?.startsWith('Z_') || code === undefined)
      throw new DatabaseRefused(`${file} is damaged or cut off: ${message}`);
    throw error;
  } finally {
    input.destroy();
    unzip.destroy();
  }
}
