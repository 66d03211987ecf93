import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';
import { afterAll, describe, expect, it } from 'vitest';
import { planted } from './planted.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const config: { forbidden: { name: string }[]; options: ICruiseOptions } = createRequire(import.meta.url)(
  '../../.dependency-cruiser.cjs',
);

/** Cruises the parts of a tree with the project's own rules. `tsConfig` is left out: paths come from package.json. */
async function cruiseTree(baseDir: string, parts: string[]): Promise<ICruiseResult> {
  const { tsConfig: _unused, ...options } = config.options;
  const result = await cruise(parts, {
    ...options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: config.forbidden } as IFlattenedRuleSet,
  });
  if (typeof result.output === 'string') throw new Error('expected a result, not a report');
  return result.output;
}

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** A tiny house of its own with the files given, and a node_modules with two empty libraries. */
function plant(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'cordboard-planted-'));
  dirs.push(dir);
  const manifest = {
    type: 'module',
    imports: { '#shared/*': './shared/*', '#server/*': './server/*' },
    dependencies: { zod: '*' },
    devDependencies: { 'fast-check': '*' },
  };
  const libraries = {
    'node_modules/zod/index.js': 'export const z = {};',
    'node_modules/fast-check/index.js': 'export default {};',
  };
  const all = { 'package.json': JSON.stringify(manifest), ...libraries, ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

const broken = (result: ICruiseResult): string[] => [
  ...new Set(result.summary.violations.map((violation) => violation.rule.name)),
];

/** Clocks, timers and dice: a core gets time, ids and randomness as arguments. */
const IMPURE =
  /\bnew Date\(\)|\b(?:Date\.now|performance\.now|Math\.random|random(?:Bytes|UUID|Int|Fill\w*)|getRandomValues|set(?:Timeout|Interval|Immediate)|process\.(?:env|hrtime|nextTick))\b/;
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

describe('cores', () => {
  it('use no clock, no timer, no randomness, no environment', () => {
    const cores = ['shared', 'server', 'renderer', 'electron', 'scripts'].flatMap((part) =>
      readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.core\.tsx?$/.test(path))
        .map((path) => join(part, path)),
    );
    expect(cores.length).toBeGreaterThan(10);
    const impure = cores.filter((path) =>
      IMPURE.test(withoutComments(readFileSync(join(root, path), 'utf8'))),
    );
    expect(impure).toEqual([]);
  });

  it('a planted clock is seen, a word in a comment is not', () => {
    expect(IMPURE.test(withoutComments('const a = Date.now();'))).toBe(true);
    expect(IMPURE.test(withoutComments('randomBytes(4)'))).toBe(true);
    expect(IMPURE.test(withoutComments('const d = new Date();'))).toBe(true);
    expect(IMPURE.test(withoutComments('const d = new Date(now);'))).toBe(false);
    expect(IMPURE.test(withoutComments('/** never Date.now */ x; // nor Math.random'))).toBe(false);
  });
});

describe('what may import what', () => {
  it('the tree breaks no rule, and the cruiser really saw it', async () => {
    const result = await cruiseTree(root, ['shared', 'server', 'renderer', 'electron', 'scripts', 'tests']);
    expect(result.summary.violations.map((v) => `${v.rule.name}: ${v.from} -> ${v.to}`)).toEqual([]);
    const own = result.modules.filter((module) => !module.source.startsWith('node_modules'));
    expect(own.length).toBeGreaterThan(50);
    const edges = own.flatMap((module) =>
      module.dependencies.map((d) => `${module.source} -> ${d.resolved}`),
    );
    expect(edges.filter((edge) => /^server\/.+ -> shared\//.test(edge)).length).toBeGreaterThan(10);
    expect(
      edges.filter((edge) => /^server\/.+ -> server\/kernel\/index\.ts$/.test(edge)).length,
    ).toBeGreaterThan(3);
  }, 60_000);

  it('every rule has a planted violation', () => {
    expect(Object.keys(planted).sort()).toEqual(config.forbidden.map((rule) => rule.name).sort());
  });

  it.each(Object.entries(planted))('%s: the planted violation is caught', async (rule, files) => {
    const parts = [...new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''))];
    expect(broken(await cruiseTree(plant(files), parts))).toContain(rule);
  });

  it('a small house that keeps the rules passes', async () => {
    const files = {
      'shared/model.ts': "import { z } from 'zod';\nexport const id = z.string();",
      'server/kernel/index.ts': 'export const clock = 1;',
      'server/routing/types.ts': "import type { id } from '#shared/model.ts';\nexport type Id = typeof id;",
      'server/routing/queue.core.ts':
        "import type { Id } from './types.ts';\nexport const first = (ids: Id[]) => ids[0];",
      'server/routing/index.ts':
        "export type { Id } from './types.ts';\nexport { first } from './queue.core.ts';\nimport { clock } from '#server/kernel/index.ts';\nexport const c = clock;",
      'server/telephony/sip/index.ts': 'export const sip = 1;',
      'server/telephony/calls/index.ts':
        "import { sip } from '../sip/index.ts';\nimport { first } from '#server/routing/index.ts';\nexport const calls = [sip, first];",
      'server/app.ts': "import { calls } from '#server/telephony/calls/index.ts';\nexport const app = calls;",
      'server/main.ts': "import { app } from './app.ts';\nexport const run = app;",
    };
    expect(broken(await cruiseTree(plant(files), ['shared', 'server']))).toEqual([]);
  });
});
