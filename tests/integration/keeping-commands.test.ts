import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockFolder } from '#server/kernel/index.ts';
import { root } from '../../scripts/lib/run.ts';
import { type Furnished, furnish, Places } from '../kits/keeping/places.ts';
import { eventually } from '../support/eventually.ts';

const places = new Places();
let folder: string;
let furnished: Furnished;
beforeAll(async () => {
  const centre = await places.empty('sqlite');
  folder = centre.folder;
  furnished = await furnish(centre);
});
afterAll(() => places.clear());

/** A command of scripts/, as npm runs it. */
function start(name: string, dataDir: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, `scripts/${name}.ts`), ...args], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir, DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const collect = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, text: text.trim() })),
  );
  return { child, ended };
}
const run = (name: string, dataDir: string, ...args: string[]) => start(name, dataDir, args).ended;

it('KE1-KE5 commands do what they say, and say what they did', async () => {
  const file = join(places.folder(), 'centre.backup');
  expect(await run('backup', folder, file, '--recordings')).toEqual({
    code: 0,
    text: expect.stringMatching(/^\S+centre\.backup: \d+ rows, 1 recordings, 0\.\d MB\.$/),
  });
  const copy = places.folder();
  expect(await run('restore', copy, file)).toEqual({
    code: 0,
    text: expect.stringMatching(
      /^\d+ rows and 1 recordings restored, and the same as when they were backed up\.$/,
    ),
  });
  expect(existsSync(join(copy, 'recordings', furnished.file))).toBe(true);
  const target = join(places.folder(), 'other');
  const [doctor, migrate] = await Promise.all([run('doctor', folder), run('migrate', copy, '--to', target)]);
  expect(doctor.code).toBe(0);
  expect(doctor.text.split('\n').map((line) => line.slice(0, 6))).toEqual(Array(12).fill('ok    '));
  expect(migrate.code).toBe(0);
  expect(migrate.text.split('\n')).toEqual([
    expect.stringMatching(/^\d+ rows in \d+ tables copied, and the same by count and hash\.$/),
    `Start with DATA_DIR=${target} and without DATABASE_URL from now on.`,
    `The recordings lie in ${join(copy, 'recordings')}: move them to ${join(target, 'recordings')}.`,
  ]);
  const [rebuild, missing] = await Promise.all([run('rebuild', copy), run('doctor', target)]);
  expect(rebuild).toEqual({
    code: 0,
    text: expect.stringMatching(/^\d+ facts read, .*interaction.* made anew\.$/),
  });
  expect(missing).toEqual({
    code: 1,
    text: expect.stringContaining('WRONG recordings are where contacts say: 1 are'),
  });
});

it('KE1-KE5 commands that cannot do it say so in one line, and fail', async () => {
  const nowhere = places.folder();
  const release = lockFolder(folder); // as a server that runs
  const said = await Promise.all([
    run('doctor', nowhere),
    run('rebuild', nowhere),
    run('backup', nowhere, join(nowhere, 'x')),
    run('backup', folder),
    run('backup', folder, join(folder, 'cordboard.db', 'x')),
    run('restore', nowhere, join(nowhere, 'x')),
    run('rebuild', folder),
    run('migrate', folder, '--to', nowhere),
    run('migrate', nowhere, '--to', 'postgres://nobody@127.0.0.1:1/x'),
  ]);
  release();
  const gone = `there is no centre: ${nowhere}/cordboard.db does not exist`;
  const locked = `another Cordboard is using the data folder ${folder}; stop it, or choose another with DATA_DIR`;
  expect(said.map(({ text }) => text)).toEqual([
    gone,
    gone,
    gone,
    'npm run backup -- FILE [--recordings]',
    expect.stringMatching(/^a file is in the way: /),
    `there is no file ${nowhere}/x`,
    locked,
    locked,
    gone,
  ]);
  expect(said.map(({ code }) => code)).toEqual(Array(said.length).fill(1));
  expect(readdirSync(nowhere).filter((name) => name !== 'lock.db')).toEqual([]);
});

it('KE1 a backup that is ended from outside leaves no file', async () => {
  const target = places.folder();
  const { child, ended } = start('backup', folder, [join(target, 'x.backup'), '--recordings']);
  await eventually(() => readdirSync(target).length > 0 || child.exitCode !== null, 'it has begun', 60_000);
  child.kill('SIGINT');
  const { code, text } = await ended;
  // Or it was quicker: then it is whole.
  if (code === 0) expect(readdirSync(target)).toEqual(['x.backup']);
  else expect([text, readdirSync(target)]).toEqual(['broken off; nothing was kept', []]);
});
