import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { forNode } from './build.ts';
import { root } from './run.ts';

/**
 * Imports a module of this project as the server's bundle has it. Run from its sources, every closure is given its name
 * when it is made, which costs the routing core a third of its speed.
 * @param entry from the project's root
 */
export async function importBundled<T>(entry: string): Promise<T> {
  const outfile = join(root, 'dist/tools', basename(entry).replace(/\.ts$/, '.mjs'));
  await build({
    ...forNode,
    format: 'esm',
    packages: 'external',
    entryPoints: [entry],
    outfile,
  });
  return (await import(pathToFileURL(outfile).href)) as T;
}
