import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HOLDER = `
  import Sqlite from 'better-sqlite3';
  const file = new Sqlite(process.argv[1], { timeout: 10_000 });
  file.exec('BEGIN IMMEDIATE');
  process.stdout.write('held');
  process.stdin.on('end', () => { file.exec('ROLLBACK'); file.close(); }).resume();`;

/** Another program holds this SQLite file for writing, from when this resolves until the function it gives is called. */
export async function holdSqlite(path: string): Promise<() => Promise<void>> {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, path], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)), // where the driver is found
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    holder.once('exit', () => reject(new Error(`${path} could not be held`)));
    holder.stdout.once('data', () => resolve());
  });
  return () => {
    holder.stdin.end();
    return gone;
  };
}
