import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The line between a server and its PostgreSQL, in a test's hands.
 *
 *     up --cut()--> down: what is open breaks, what comes is refused --mend()--> up
 *      |--hang()--> silent: nothing breaks, nothing comes through     --mend()--> up, and what was sent arrives
 *      '--blink()--> up: what is open breaks, and may come back at once
 */
export class DatabaseLine {
  /** The database's address over this line. */
  readonly url: string;
  readonly #target: URL;
  readonly #server: Server;
  readonly #port: number;
  readonly #edit: (answer: Buffer) => Buffer;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #silent = false;

  private constructor(target: URL, server: Server, port: number, edit: (answer: Buffer) => Buffer) {
    this.#target = target;
    this.#server = server;
    this.#port = port;
    this.#edit = edit;
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    this.url = url.href;
    server.on('connection', (client) => this.#carry(client));
  }

  /** @param edit what becomes of the database's answers on the way */
  static async to(databaseUrl: string, edit = (answer: Buffer): Buffer => answer): Promise<DatabaseLine> {
    const server = createServer();
    await listen(server, 0);
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('no port');
    return new DatabaseLine(new URL(databaseUrl), server, address.port, edit);
  }

  async cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.blink();
    await closed;
  }

  blink(): void {
    for (const pair of this.#pairs) for (const end of pair) end.resetAndDestroy();
  }

  hang(): void {
    this.#silent = true;
    for (const pair of this.#pairs) for (const end of pair) end.pause();
  }

  async mend(): Promise<void> {
    this.#silent = false;
    for (const pair of this.#pairs) for (const end of pair) end.resume();
    if (!this.#server.listening) await listen(this.#server, this.#port);
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.cut();
  }

  #carry(client: Socket): void {
    const database = connect(Number(this.#target.port || 5432), this.#target.hostname);
    const pair = [client, database] as const;
    this.#pairs.add(pair);
    client.on('data', (data) => void database.write(data));
    database.on('data', (data) => void client.write(this.#edit(data)));
    for (const [end, other] of [
      [client, database],
      [database, client],
    ] as const) {
      end.setNoDelay(true);
      end.on('error', () => undefined); // broken by the test
      end.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
      if (this.#silent) end.pause();
    }
  }
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
