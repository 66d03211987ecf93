import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build as bundle } from 'esbuild';
import { build as buildRenderer } from 'vite';
import { root } from './run.ts';

/** A part of the program that is built, and built again when one of its sources changed. */
interface Target {
  readonly name: string;
  /** Files and folders; a change in any of them makes the output old. */
  readonly sources: readonly string[];
  /** What must exist afterwards. */
  readonly outputs: readonly string[];
  build(): Promise<void>;
}

const dist = (...parts: string[]): string => join(root, 'dist', ...parts);
const common = ['shared', 'package-lock.json', 'tsconfig.json', 'scripts/lib/build.ts'];

/** Node 20.19 is the oldest that runs it (package.json `engines`). */
export const forNode: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'silent',
  absWorkingDir: root,
};

/** Native packages, and one that is large and needed once in a centre's life. */
const NOT_BUNDLED = ['better-sqlite3', 'pg-native', '@node-rs/argon2', '@faker-js/faker'];
/** Packages written for `require` find it, and where they are, in a module too. */
const REQUIRE = `import * as __module from 'node:module';
import * as __url from 'node:url';
const require = __module.createRequire(import.meta.url);
const __filename = __url.fileURLToPath(import.meta.url);
const __dirname = __url.fileURLToPath(new URL('.', import.meta.url));`;

const targets: readonly Target[] = [
  {
    name: 'server',
    sources: ['server', ...common],
    outputs: ['server/main.js', 'server/media-worker.js', 'server/sounds'],
    async build() {
      rmSync(dist('server'), { recursive: true, force: true });
      await bundle({
        ...forNode,
        format: 'esm',
        // Packages come along: finding and linking their thousand files was half of the work of a start.
        external: NOT_BUNDLED,
        banner: { js: REQUIRE },
        minifyWhitespace: true, // Node reads the whole text and its whole map at the start
        sourcesContent: false,
        entryPoints: { main: 'server/main.ts', 'media-worker': 'server/telephony/media/worker.ts' },
        outdir: dist('server'),
      });
      cpSync(join(root, 'server/telephony/media/sounds'), dist('server/sounds'), { recursive: true });
    },
  },
  {
    name: 'desktop',
    sources: ['renderer', 'vite.config.ts', ...common],
    outputs: ['renderer'],
    async build() {
      await buildRenderer({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn', mode: 'production' });
    },
  },
  {
    name: 'shell',
    sources: ['electron', ...common],
    outputs: ['electron/main.cjs', 'electron/preload.cjs'],
    async build() {
      const shell: BuildOptions = { ...forNode, format: 'cjs', external: ['electron'] };
      await bundle({ ...shell, entryPoints: ['electron/main/index.ts'], outfile: dist('electron/main.cjs') });
      await bundle({
        ...shell,
        entryPoints: ['electron/preload/index.ts'],
        outfile: dist('electron/preload.cjs'),
      });
      cpSync(join(root, 'electron/assets'), dist('electron/assets'), { recursive: true });
    },
  },
];

/** A fingerprint of the contents of files and folders, in a fixed order. Tests do not count: they are not built. */
export function fingerprint(base: string, sources: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const full = join(base, path);
    if (!existsSync(full)) return;
    const entries = readdirSafely(full);
    if (!entries) {
      if (/\.test\.tsx?$/.test(path)) return;
      hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
      return;
    }
    for (const entry of entries) add(`${path}/${entry}`);
  };
  for (const source of [...sources].sort()) add(source);
  return hash.digest('hex');
}

function readdirSafely(path: string): string[] | undefined {
  try {
    return readdirSync(path).sort();
  } catch {
    return undefined; // a file
  }
}

/** Builds what is missing or older than its sources; `force` builds all. Says what it does. Throws what the tools throw. */
export async function build(force = false, only?: readonly string[]): Promise<void> {
  for (const target of targets.filter(({ name }) => !only || only.includes(name))) {
    const stampFile = dist(`.${target.name}.stamp`);
    const stamp = fingerprint(root, target.sources);
    const there = target.outputs.every((output) => existsSync(dist(output)));
    if (!force && there && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) continue;
    const started = performance.now();
    rmSync(stampFile, { force: true }); // a build that fails halfway must not look done
    await target.build();
    mkdirSync(dist(), { recursive: true });
    writeFileSync(stampFile, stamp);
    console.log(`Built the ${target.name} in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  }
}

/** `build`, for programs that cannot go on without: a failure is printed and ends the process. */
export async function buildOrExit(force = false): Promise<void> {
  try {
    await build(force);
  } catch (error) {
    console.error(`The build failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
