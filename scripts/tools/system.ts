import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../lib/run.ts';

/** Full path of a command on PATH. */
export function onPath(command: string): string | undefined {
  const names = process.platform === 'win32' ? [`${command}.exe`, `${command}.cmd`] : [command];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here: look further
      }
    }
  }
  return undefined;
}

/** Installs a Debian package when this is Debian (or its kin) and we are root. True when it is installed now. */
export async function aptInstall(name: string): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !onPath('apt-get')) return false;
  console.log(`Installing the Debian package ${name}.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], { env, timeoutMs: 600_000 });
  if ((await install()).code === 0) return true;
  await run('apt-get', ['update', '-q'], { env, timeoutMs: 300_000 }); // the package lists may be old or absent
  const second = await install();
  if (second.code !== 0) console.log(second.output.trim().split('\n').slice(-3).join('\n'));
  return second.code === 0;
}
