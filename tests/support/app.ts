import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '#server/app.ts';
import { readConfig } from '#server/config.ts';
import type { Dialect } from '#server/kernel/index.ts';
import type { QueueSettings } from '#server/routing/index.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { InteractionDetail, InteractionSummary } from '#shared/contract/interactions.ts';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone, type PhoneOptions } from '../../scripts/phone/phone.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { createPostgres, usual } from '../kits/databases/index.ts';
import { TestAgent } from './agent.ts';
import { eventually } from './eventually.ts';
import { serves } from './serves.ts';

const PASSWORD = 'demo';
export const ADMIN = { username: 'admin', password: 'administrator' };

export const signInAdmin = (url: string): Promise<DeskClient> =>
  DeskClient.signIn(url, ADMIN.username, ADMIN.password);

/** RTP ports of servers in the test's own process: away from the demo's and from those of servers beside it. */
const RTP_PORTS = '41000-43999';

export interface AppOptions {
  /** `small` (the default): the demo's queues and numbers, an administrator, and agents as asked for. */
  readonly seed?: 'small' | 'demo' | 'none' | `bench:${number}`;
  /** Agents of a small centre, named agent1..., all in queue `support`; default 1. */
  readonly agents?: number;
  /** What is different about queue `support`. */
  readonly support?: Partial<QueueSettings>;
  /** Environment of the server, over the test's defaults. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the embedded one, in `dataDir`; or what `npm run test:postgres` says. */
  readonly database?: Dialect;
  /** Kept by the test; otherwise a fresh folder that `stop` removes. */
  readonly dataDir?: string;
}

/** The whole server in this process, on free ports and with data of its own, and people to use it. */
export class RunningApp {
  readonly app: App;
  readonly url: string;
  readonly sip: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  /** Of the PostgreSQL it runs on. */
  readonly databaseUrl: string | undefined;
  readonly #ownsData: boolean;
  readonly #callers: Phone[] = [];
  readonly #agents: TestAgent[] = [];
  #admin: Promise<DeskClient> | undefined;

  constructor(
    app: App,
    ports: { http: number; sip: number },
    dataDir: string,
    ownsData: boolean,
    databaseUrl?: string,
  ) {
    this.app = app;
    this.url = `http://127.0.0.1:${ports.http}`;
    this.sip = { host: '127.0.0.1', port: ports.sip };
    this.dataDir = dataDir;
    this.databaseUrl = databaseUrl;
    this.#ownsData = ownsData;
  }

  /** `host:port` for SIPp. */
  get remote(): string {
    return `${this.sip.host}:${this.sip.port}`;
  }

  /** A phone of nobody in particular: a caller. */
  async phone(user = '+14155550100', more: Partial<PhoneOptions> = {}): Promise<Phone> {
    const phone = await Phone.open({ server: this.sip, user, ...more });
    this.#callers.push(phone);
    return phone;
  }

  /** A caller who has dialled. */
  async dial(number = '4001', ani = '+14155550100'): Promise<Call> {
    return (await this.phone(ani)).call(number);
  }

  /** Signs an agent in: desk open, phone registered, available. */
  async agent(username = 'agent1', options: Parameters<typeof TestAgent.start>[2] = {}): Promise<TestAgent> {
    const agent = await TestAgent.start(this, username, options);
    this.#agents.push(agent);
    return agent;
  }

  /** One request of the contract as the administrator. */
  async asAdmin(): Promise<DeskClient> {
    this.#admin ??= signInAdmin(this.url);
    return this.#admin;
  }

  /** History, newest first. */
  async history(): Promise<readonly InteractionSummary[]> {
    const admin = await this.asAdmin();
    return (await admin.request(endpoints.listInteractions, { query: { limit: 200 } })).items;
  }

  async interaction(id: string): Promise<InteractionDetail> {
    return (await this.asAdmin()).request(endpoints.getInteraction, { params: { id } });
  }

  /** The newest contact of history, once it has ended. */
  lastEnded(): Promise<InteractionSummary> {
    return eventually(async () => {
      const [last] = await this.history();
      return last?.endedAt ? last : undefined;
    }, 'the last call is over in history');
  }

  /** What calls hold, over all rooms: all zero when nothing is left behind. */
  async left(): Promise<Record<string, number>> {
    const { app } = this;
    const { legs, recordings, calls: mediaCalls } = await app.media.counts();
    const { calls, ringing } = app.calls.counts();
    const { dialogs } = app.sip.counts();
    const open = app.interactions.openCount();
    const work = app.routing.openItems();
    const unwritten = app.kernel.journal.pending;
    return { calls, ringing, dialogs, legs, mediaCalls, recordings, work, open, unwritten };
  }

  /**
   * Resolves once nothing of any call is left anywhere. Otherwise rejects with what is left, having hung up whatever
   * still talks: the test that fell is not to make the next one fall.
   */
  async quiet(): Promise<void> {
    let last: Record<string, number> = {};
    const quiet = async (): Promise<boolean> => {
      last = await this.left();
      return Object.values(last).every((count) => count === 0);
    };
    try {
      await eventually(quiet, 'nothing is left of the calls');
    } catch (error) {
      const left = JSON.stringify(last);
      const phones = [...this.#callers, ...this.#agents.flatMap(({ phone }) => phone ?? [])];
      await Promise.allSettled(phones.flatMap(({ live }) => live.map((call) => call.hangUp())));
      for (const { id, hands } of this.app.routing.agents())
        for (const { itemId, phase } of hands)
          if (phase === 'wrap-up') this.app.routing.finishWrapUp(id, itemId);
      throw new Error(`${String(error)}: ${left}`);
    }
  }

  /** One ordinary call from dial to hang-up, by an agent of its own: proof that the server still works. */
  async ordinaryCall(agent: TestAgent): Promise<void> {
    await agent.ready();
    const caller = await this.dial('4001');
    const call = await agent.answer();
    if (!(await caller.answered)) throw new Error('the ordinary call was not answered');
    await caller.hangUp();
    await call.ended;
    await this.lastEnded();
    await agent.finish();
  }

  /** Everybody hangs up and goes home, and nothing of their calls is left: ready for the next test. */
  async reset(): Promise<void> {
    const { routing, people } = this.app;
    await this.#closeCallers();
    await this.quiet(); // a phone that is gone could not confirm that it stopped ringing
    await this.#closeAgents();
    for (const { id, hands } of routing.agents()) {
      for (const { itemId } of hands) routing.finishWrapUp(id, itemId);
      routing.setPresence(id, 'offline', undefined);
      await people.setFixedUri(id, null);
      routing.setReachable(id, false);
    }
  }

  #closeCallers(): Promise<unknown> {
    return Promise.allSettled(this.#callers.splice(0).map((phone) => phone.close()));
  }

  /** The server may be gone. */
  #closeAgents(): Promise<unknown> {
    return Promise.allSettled(this.#agents.splice(0).map((agent) => agent.close()));
  }

  async stop(): Promise<void> {
    await this.#closeCallers();
    await this.#closeAgents();
    await this.app.stop();
    if (this.#ownsData) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Starts the whole server in this process. */
export async function startApp(options: AppOptions = {}): Promise<RunningApp> {
  const { seed = 'small', agents = 1 } = options;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'cordboard-app-'));
  const small = seed === 'small';
  // A folder that the test keeps is opened again later: it holds its database.
  const database = options.database ?? (options.dataDir === undefined ? usual : 'sqlite');
  const config = readConfig(
    {
      PORT: '0',
      SIP_PORT: '0',
      RTP_PORTS,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      ...(small ? { CORDBOARD_ADMIN_PASSWORD: ADMIN.password } : { SEED: seed }),
      ...(database === 'postgres' ? { DATABASE_URL: await createPostgres() } : {}),
      ...options.env,
    },
    small ? ['--production'] : [],
  );
  const app = await createApp(config);
  if (small) {
    const support = app.routing.queueSettings('support');
    if (support) await app.routing.setQueue({ ...support, ...options.support }, 'system');
    await addAgents(app, agents);
  }
  const ports = await app.start();
  return new RunningApp(app, ports, dataDir, options.dataDir === undefined, config.databaseUrl);
}

async function addAgents({ people, routing }: App, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, i) => `agent${i + 1}`).filter((name) => !people.user(name));
  await Promise.all(
    names.map((username) =>
      people.addUser({ id: username, username, name: username, roles: ['agent'], password: PASSWORD }),
    ),
  );
  for (const id of names) await serves(routing, id, ['support']);
}
