import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds } from '../../scripts/bench/process.ts';
import { nodeOptions, onReady, serverBundle } from '../../scripts/lib/server.ts';

export interface ServerProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Words before the program, `['taskset', '-c', '0']`. */
  readonly before?: readonly string[];
  /** Options of Node itself; default `nodeOptions()`. */
  readonly nodeArgs?: readonly string[];
  /** How long it may take to be ready; default 60 s. */
  readonly readyMs?: number;
}

/** How a server ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * The built server as a program of its own, on ports nobody else has and with data of its own. It can be killed and
 * started again on the same data and the same ports.
 */
export class ServerProcess {
  readonly dataDir: string;
  readonly httpPort: number;
  readonly sipPort: number;
  readonly #options: ServerProcessOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> | undefined;
  #text = '';

  private constructor(options: ServerProcessOptions, ports: { http: number; sip: number }) {
    this.#options = options;
    this.dataDir = mkdtempSync(join(tmpdir(), 'cordboard-data-'));
    this.httpPort = ports.http;
    this.sipPort = ports.sip;
  }

  /** Starts a server and waits until it is ready. Rejects with its output when it ends instead, or takes too long. */
  static async start(options: ServerProcessOptions = {}): Promise<ServerProcess> {
    if (!existsSync(serverBundle)) throw new Error('the server is not built: npm run build');
    const server = new ServerProcess(options, { http: await freePort(), sip: await freePort() });
    try {
      await server.restart();
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }
  get pid(): number {
    return this.#child?.pid ?? 0;
  }
  /** Everything it printed, on both streams, since the first start. */
  get output(): string {
    return this.#text;
  }

  /** Starts it (again) with the same data and ports. */
  async restart(): Promise<void> {
    await this.kill();
    const [command = process.execPath, ...args] = [
      ...(this.#options.before ?? []),
      process.execPath,
      ...(this.#options.nodeArgs ?? nodeOptions()),
      serverBundle,
      ...(this.#options.args ?? []),
    ];
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        SEED: 'demo',
        RTP_PORTS: `${RTP_FIRST}-${RTP_FIRST + 1999}`,
        PORT: String(this.httpPort),
        SIP_PORT: String(this.sipPort),
        DATA_DIR: this.dataDir,
        ...this.#options.env,
      },
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.on('error', () => resolve({ code: null, signal: null }));
      child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    const collect = (chunk: Buffer): void => {
      this.#text += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => () => reject(new Error(`the server ${why}:\n${this.#text}`));
      const limit = setTimeout(fail('was not ready in time'), this.#options.readyMs ?? 60_000);
      onReady(child, () => {
        clearTimeout(limit);
        resolve();
      });
      child.once('exit', () => {
        clearTimeout(limit);
        fail('ended before it was ready')();
      });
    });
  }

  /** Starts it again after a `kill`; ms until its health is well, and what that took of a processor, ms. */
  async backAgain(): Promise<{ ms: number; cpuMs: number }> {
    const began = performance.now();
    const ready = this.restart();
    ready.catch(() => undefined); // awaited below
    const limit = began + (this.#options.readyMs ?? 20_000);
    for (;;) {
      const healthy = await fetch(`${this.url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
      const ms = performance.now() - began;
      if (healthy) {
        const cpuMs = (await cpuSeconds(this.pid, this.url)) * 1000;
        await ready;
        return { ms, cpuMs };
      }
      if (ms > limit - began) await ready; // which says why, with what was printed
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<Exit> {
    return this.#end('SIGTERM');
  }

  /** kill -9: no chance to tidy up. */
  kill(): Promise<Exit> {
    return this.#end('SIGKILL');
  }

  /** Kills it and removes its data. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<Exit> {
    if (!this.#child || !this.#exited) return { code: 0, signal: null };
    this.#child.kill(signal);
    const limit = setTimeout(() => this.#child?.kill('SIGKILL'), 15_000);
    const exit = await this.#exited;
    clearTimeout(limit);
    this.#child = undefined;
    return exit;
  }
}

/** RTP ports of test servers: away from the demo's own. */
const RTP_FIRST = 30_000;

/** A port that is free for TCP and UDP alike just now. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
      });
    });
    const free = await new Promise<boolean>((resolve) => {
      const socket = createSocket('udp4');
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
