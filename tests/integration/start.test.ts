import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/lib/build.ts';
import { run } from '../../scripts/lib/run.ts';
import { serverBundle } from '../../scripts/lib/server.ts';
import { type RunningApp, startApp } from '../support/app.ts';

/** What the program says, and how it ends, when it cannot start. */
describe('a server that cannot start', () => {
  let centre: RunningApp;
  let folder: string;
  beforeAll(async () => {
    await build(false, ['server']);
    folder = mkdtempSync(join(tmpdir(), 'cordboard-start-'));
    centre = await startApp({ agents: 0 });
  }, 60_000);
  afterAll(async () => {
    await centre.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(env: Record<string, string>, args: readonly string[] = []) {
    const { code, output } = await run(process.execPath, [serverBundle, ...args], {
      env: {
        ...process.env,
        PORT: '0',
        SIP_PORT: '0',
        SEED: 'none',
        DATA_DIR: join(folder, 'data'),
        LOG_LEVEL: 'warn',
        ...env,
      },
      timeoutMs: 15_000,
    });
    return { code, lines: output.trim().split('\n') };
  }

  const http = () => new URL(centre.url).port;

  it.each<[string, () => Record<string, string>, RegExp]>([
    ['its HTTP port is in use', () => ({ PORT: http() }), /port \d+ is already in use/],
    ['its SIP port is in use', () => ({ SIP_PORT: String(centre.sip.port) }), /port \d+ is already in use/],
    [
      'another server has its data folder',
      () => ({ DATA_DIR: centre.dataDir }),
      /another Cordboard is using the data folder/,
    ],
    [
      'its data folder is below a file',
      () => ({ DATA_DIR: join(file(), 'data') }),
      /the data folder cannot be written/,
    ],
    ['its data folder is a file', () => ({ DATA_DIR: file() }), /the data folder cannot be written/],
    [
      'its recordings folder is a file',
      () => ({ DATA_DIR: withFile('recordings') }),
      /the data folder cannot be written/,
    ],
    ['its database is none', () => ({ DATA_DIR: withFile('cordboard.db') }), /database/],
    ['PORT is no number', () => ({ PORT: 'eighty' }), /PORT=eighty: /],
    ['PORT is out of range', () => ({ PORT: '70000' }), /PORT=70000: /],
    ['RTP_PORTS is no range', () => ({ RTP_PORTS: '9' }), /RTP_PORTS=9: must look like 20000-20999/],
    [
      'HOST is everybody’s',
      () => ({ HOST: '0.0.0.0' }),
      /HOST=0.0.0.0: the demo answers on this machine only/,
    ],
    ['SEED is unknown', () => ({ SEED: 'all' }), /SEED=all: /],
    ['TLS_CERT is not there', () => ({ TLS_CERT: '/none', TLS_KEY: '/none' }), /TLS_CERT, TLS_KEY: .*none/],
  ])('says so in one clear line and exits with 1 when %s', async (_, env, words) => {
    const { code, lines } = await start(env());
    expect(lines.join('\n')).toMatch(words);
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(/^Cordboard cannot start: /);
  });

  it('says every bad value at once, and never a password', async () => {
    const { code, lines } = await start({ PORT: 'x', SIP_PORT: 'y', CORDBOARD_ADMIN_PASSWORD: 'short' });
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(/PORT=x: .*SIP_PORT=y: .*CORDBOARD_ADMIN_PASSWORD=…: /);
  });

  it('for production without a first password says which setting is missing', async () => {
    const { code, lines } = await start({ DATA_DIR: join(folder, 'production') }, ['--production']);
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(/CORDBOARD_ADMIN_PASSWORD/);
  });

  it('leaves the one that runs alone', async () => {
    const response = await fetch(`${centre.url}/healthz`);
    expect(response.status).toBe(200);
  });

  let count = 0;
  function file(): string {
    const path = join(folder, `file${++count}`);
    writeFileSync(path, 'no folder');
    return path;
  }
  function withFile(name: string): string {
    const path = join(folder, `data${++count}`);
    mkdirSync(path);
    writeFileSync(join(path, name), 'not what it should be'.repeat(300));
    return path;
  }
});
