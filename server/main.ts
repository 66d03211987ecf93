import { type App, createApp } from './app.ts';
import { type Config, ConfigError, readConfig } from './config.ts';

/** Starts the server, says where it is, and stops it cleanly on Ctrl-C. One clear line and exit 1 when it cannot start. */
async function main(): Promise<void> {
  let app: App | undefined;
  try {
    const config = readConfig(process.env, process.argv.slice(2));
    app = await createApp(config);
    const { http, sip } = await app.start();
    process.stdout.write(greeting(config, http, sip));
  } catch (error) {
    process.stderr.write(`Cordboard cannot start: ${problem(error)}\n`);
    await app?.stop().catch(() => undefined);
    process.exit(1);
  }
  const running = app;
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    process.stdout.write('Cordboard is stopping: ending calls and saving recordings.\n');
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`Cordboard did not stop cleanly: ${problem(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop); // started by a program that is gone
}

function greeting(config: Config, http: number, sip: number): string {
  const url = `http://${config.http.host}:${http}`;
  const lines = [`Cordboard is ready: ${url}`];
  if (config.seed.kind === 'demo')
    lines.push(
      `  desktop          ${url}/      agent1 ... agent12, super1, admin1; password: demo`,
      `  customer's page  ${url}/call  calls 4000 (menu), 4001 support, 4002 sales, 4003 billing, 4010 echo`,
    );
  lines.push(`  SIP              ${config.advertise}:${sip} (UDP and TCP), WebSocket at /sip`);
  return `${lines.join('\n')}\n`;
}

/** An error in the words of the person who started the program. */
function problem(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, path, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE')
    return `port ${port ?? ''} is already in use; choose another with PORT or SIP_PORT`;
  if (code === 'EACCES' && port !== undefined) return `port ${port} may not be opened by this user`;
  if (
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    code === 'ENOTDIR' ||
    code === 'EEXIST' ||
    code === 'SQLITE_CANTOPEN' ||
    code === 'SQLITE_READONLY'
  )
    return `the data folder cannot be written (${code}${path ? ` ${path}` : ''}); choose another with DATA_DIR`;
  return error.message;
}

await main();
