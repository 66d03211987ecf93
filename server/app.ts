import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { AppError } from '#shared/contract/app-error.ts';
import { SIP_WS_PATH } from '#shared/contract/kit.ts';
import { type ApiServer, createApi, type Health, sessionCookies } from './api/index.ts';
import type { Config } from './config.ts';
import { type Customers, createCustomers } from './customers/index.ts';
import { type DeskSources, deskRoom, tellDesks, workList } from './desk/index.ts';
import { fill } from './fill.ts';
import { createInteractions, type Interactions } from './interactions/index.ts';
import { createIvr, type Ivr } from './ivr/index.ts';
import {
  createIds,
  createLog,
  type Kernel,
  type Log,
  localBus,
  lockFolder,
  type Mounts,
  openDatabase,
  openJournal,
  type Room,
  systemClock,
} from './kernel/index.ts';
import { createPeople, isLoopback, type People } from './people/index.ts';
import { Phones } from './phones.ts';
import {
  callsRoom,
  customersRoom,
  interactionsRoom,
  ivrRoom,
  migrations,
  peopleRoom,
  projections,
  routingRoom,
} from './rooms.ts';
import { createRouting, type RoutingService } from './routing/index.ts';
import { type CallsService, createCalls } from './telephony/calls/index.ts';
import { createMediaEngine, type MediaEngine, repairRecordings } from './telephony/media/index.ts';
import { type BoundSipServer, createSipServer } from './telephony/sip/index.ts';

/** The whole server, built and not yet listening. */
export interface App {
  /** Opens the ports. Rejects with the listener's own error. */
  start(): Promise<{ http: number; sip: number }>;
  /**
   * Ends calls, completes recordings, closes ports and the database. Safe to call twice, and before `start`. Rejects
   * when something could not be stored any more.
   */
  stop(): Promise<void>;
  readonly kernel: Kernel;
  readonly people: People;
  readonly routing: RoutingService;
  readonly interactions: Interactions;
  readonly calls: CallsService;
  readonly sip: BoundSipServer;
  readonly media: MediaEngine;
}

export const VERSION = '0.1.0';

/** The rooms that keep the present and the past; telephony stands on them. */
interface Ground {
  readonly kernel: Kernel;
  readonly people: People;
  readonly customers: Customers;
  readonly interactions: Interactions;
  readonly routing: RoutingService;
  readonly ivr: Ivr;
}

/**
 * Builds the whole server from its settings: opens the database, ends what a dead server left open, fills an empty
 * centre. Rejects with `DatabaseRefused`, `ConfigError` or the system's error when the data cannot be used.
 */
export async function createApp(config: Config): Promise<App> {
  const release = lockFolder(config.dataDir);
  const log = createLog(config.logLevel);
  const media = createMediaEngine({
    host: config.sip.host,
    advertise: config.advertise,
    rtpPorts: config.media.ports,
    workers: config.media.workers,
    log,
  });
  // Its threads load while the data is read: half of what a start takes. Who starts the server is told if they cannot.
  const mediaRuns = media.start();
  mediaRuns.catch(() => undefined);
  try {
    const kernel = await openKernel(config, log);
    try {
      return await build(config, kernel, { media, mediaRuns, release });
    } catch (error) {
      await kernel.db.close();
      throw error;
    }
  } catch (error) {
    await media.stop();
    release();
    throw error;
  }
}

async function openKernel(config: Config, log: Log): Promise<Kernel> {
  const clock = systemClock;
  const address = config.databaseUrl
    ? ({ kind: 'postgres', url: config.databaseUrl, log } as const)
    : ({ kind: 'sqlite', path: join(config.dataDir, 'cordboard.db') } as const);
  const db = await openDatabase(address, migrations, clock.now);
  const journal = await openJournal(db, clock, log);
  for (const projection of projections) journal.project(projection);
  const bus = localBus((error) => log.error({ err: error }, 'a listener of the bus failed'));
  return { clock, log, db, journal, bus, ids: createIds(clock.now, randomBytes) };
}

/** From the ground up; `inUse` asks routing, which is built after people. */
async function layGround(kernel: Kernel, config: Config): Promise<Ground> {
  const hands = { of: (_userId: string): number => 0 };
  const people = await createPeople({
    kernel,
    realm: config.sip.realm,
    sipPath: SIP_WS_PATH,
    inUse: (userId) => hands.of(userId) > 0,
  });
  const userRef = (id: string) => {
    const user = people.user(id);
    return user && { id, name: user.name };
  };
  const customers = await createCustomers({ kernel, userName: userRef });
  const queues = { name: (_id: string): string | undefined => undefined };
  const interactions = await createInteractions({
    kernel,
    names: {
      user: userRef,
      queue: (id) => {
        const name = queues.name(id);
        return name === undefined ? undefined : { id, name };
      },
      customers: (ids) => customers.summaries(ids),
    },
  });
  const routing = await createRouting({ kernel });
  hands.of = (userId) => routing.agent(userId)?.hands.length ?? 0;
  queues.name = (id) => routing.queueSettings(id)?.name;
  const ivr = await createIvr({ kernel });
  return { kernel, people, customers, interactions, routing, ivr };
}

interface Begun {
  readonly media: MediaEngine;
  /** Its threads take work. */
  readonly mediaRuns: Promise<void>;
  /** Lets go of the data folder. */
  readonly release: () => void;
}

async function build(config: Config, kernel: Kernel, { media, mediaRuns, release }: Begun): Promise<App> {
  const recordings = join(config.dataDir, 'recordings');
  mkdirSync(recordings, { recursive: true });
  const ground = await layGround(kernel, config);
  const { people, customers, interactions, routing, ivr } = ground;
  await fill(config, ground);
  await endWhatWasLeft(recordings, ground);

  const phones = new Phones(kernel, people, routing);
  const sip = createSipServer({
    realm: config.sip.realm,
    host: config.sip.host,
    advertise: config.advertise,
    port: config.sip.port,
    ...(config.sip.tls ? { tls: config.sip.tls } : {}),
    digests: config.sip.digests,
    accounts: { ha1: people.sipHa1 },
    trusted: (address) => isLoopback(address) || config.sip.trunks.includes(address),
    onInvite: (invite) => phones.calls?.arrived(invite),
    registrar: phones,
    overloaded: () => (phones.calls?.alive() ?? 0) >= config.maxCalls,
    clock: kernel.clock,
    random: (bytes) => randomBytes(bytes).toString('hex'),
    log: kernel.log,
  });
  phones.sip = sip;
  const desks: { gateway?: ApiServer['gateway'] } = {};
  const calls = await createCalls({
    kernel,
    sip,
    media,
    people,
    customers,
    interactions,
    routing,
    recordings,
    deskOpen: (agentId) => desks.gateway?.connected(agentId) === true,
    changed: (agentId) => desks.gateway?.changed('desk', agentId),
  });
  calls.flows(ivr);
  phones.calls = calls;

  const sources: DeskSources = {
    people,
    customers,
    interactions,
    routing,
    calls,
    phones: (userId) => phones.count(userId),
    journal: kernel.journal,
  };
  const deviceChanged = (userId: string): void => phones.deviceChanged(userId);
  const running = [
    standing(peopleRoom, {
      people,
      cookies: sessionCookies(config.http.behindProxy),
      takesWork: {
        check: (settings) => refuseUnknown(routing, settings),
        set: (id, settings, by) => routing.setAgent({ id, ...settings }, {}, by),
      },
      deviceChanged,
    }),
    standing(customersRoom, customers),
    standing(interactionsRoom, { interactions, people, recordings }),
    standing(routingRoom, {
      clock: kernel.clock,
      routing,
      people,
      work: (queueIds, limit) => workList(sources, { queueIds, limit }),
      dispositions: () => interactions.dispositions(),
      flows: () => ivr.flows(),
      deviceChanged,
    }),
    standing(callsRoom, calls),
    standing(ivrRoom, { ivr, sipDomain: config.sip.realm }),
    standing(deskRoom, { ...sources, now: () => kernel.clock.now() }),
  ];

  let listening = false;
  const api = await createApi({
    kernel,
    people,
    routes: running.map(({ routes }) => routes),
    commands: Object.assign({}, ...running.map(({ commands }) => commands())),
    topics: running.flatMap(({ topics }) => topics()),
    rendererDir: config.rendererDir,
    version: VERSION,
    behindProxy: config.http.behindProxy,
    health: () => health(kernel, media, listening),
    collect: () => figures({ kernel, calls, sip, media, routing }),
  });
  desks.gateway = api.gateway;
  sip.attach(api.http, SIP_WS_PATH);
  const watch = tellDesks(kernel, routing, api.gateway);
  people.onSessionEnded(({ user }) => {
    if (api.gateway.connected(user.id)) return; // another desk of the same agent is still open
    sip.unregister(user.username);
    if (routing.agent(user.id)) routing.setPresence(user.id, 'offline', undefined);
  });
  for (const agent of routing.agents())
    routing.setReachable(agent.id, people.fixedUri(agent.id) !== undefined);
  if (config.seed.kind === 'bench')
    for (const agent of routing.agents()) routing.setPresence(agent.id, 'available', undefined);

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    listening = false;
    await calls.stop();
    await sip.stop();
    await media.stop();
    await api.close();
    watch.stop();
    for (const room of [...running].reverse()) await room.stop();
    kernel.journal.append({ type: 'server.stopped' });
    const whole = await kernel.journal.close();
    await kernel.db.close();
    release();
    if (!whole) throw new Error('the database took no writes at the end: what happened last is not stored');
  };

  return {
    kernel,
    people,
    routing,
    interactions,
    calls,
    sip,
    media,
    async start() {
      for (const room of running) await room.start();
      await mediaRuns;
      await sip.start();
      await api.app.listen({ host: config.http.host, port: config.http.port });
      listening = true;
      kernel.journal.append({ type: 'server.started', version: VERSION });
      kernel.journal.watch();
      return { http: (api.http.address() as AddressInfo).port, sip: sip.ports().port };
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A room with its service: from here on one is like another. */
function standing<S>(room: Room<S>, service: S) {
  return {
    routes: (mounts: Mounts) => room.routes?.(service, mounts),
    commands: () => room.commands?.(service) ?? {},
    topics: () => room.topics?.(service) ?? [],
    start: async () => room.start?.(service),
    stop: async () => room.stop?.(service),
  };
}

/** Throws `profile.unknown`, `skill.unknown`: before a user is added, so that nothing is half done. */
function refuseUnknown(
  routing: RoutingService,
  { profileId, skills }: { readonly profileId: string; readonly skills: Readonly<Record<string, number>> },
): void {
  if (!routing.profiles().some(({ id }) => id === profileId))
    throw new AppError('profile.unknown', 'There is no such routing profile.', { profile: profileId });
  const unknown = Object.keys(skills).find((skill) => !routing.skills().some(({ id }) => id === skill));
  if (unknown !== undefined)
    throw new AppError('skill.unknown', 'There is no such skill.', { skill: unknown });
}

/** After a kill: mends recordings whose header was never written, and ends the contacts that were alive. */
async function endWhatWasLeft(recordings: string, { kernel, interactions, routing }: Ground): Promise<void> {
  const mended = new Map<string, number>();
  for (const { file, durationMs } of await repairRecordings(recordings))
    mended.set(basename(file, '.wav'), durationMs);
  const ended = await interactions.endOpen(mended, (id) => routing.outlived(id));
  if (ended > 0 || mended.size > 0)
    kernel.log.warn({ ended, recordings: mended.size }, 'contacts left open by the last run were ended');
}

async function health({ journal }: Kernel, media: MediaEngine, listening: boolean): Promise<Health> {
  const { ok, problem } = journal.health;
  return {
    database: { ok, problem },
    sip: listening ? { ok: true } : { ok: false, problem: 'not listening' },
    media: await media.counts().then(
      () => ({ ok: true }),
      () => ({ ok: false, problem: 'its threads do not answer' }),
    ),
  };
}

async function figures({
  kernel,
  calls,
  sip,
  media,
  routing,
}: Pick<App, 'kernel' | 'calls' | 'sip' | 'media' | 'routing'>) {
  const counts = { ...calls.counts(), ...sip.counts() };
  const engine = await media.counts();
  const { health: journal, unknown } = kernel.journal;
  return [
    { name: 'calls', help: 'Calls alive', value: counts.calls },
    { name: 'calls_ringing', help: 'Calls ringing an agent', value: counts.ringing },
    { name: 'sip_transactions', help: 'SIP transactions alive', value: counts.transactions },
    { name: 'sip_dialogs', help: 'SIP dialogs alive', value: counts.dialogs },
    { name: 'sip_bindings', help: 'Phones registered', value: counts.bindings },
    { name: 'sip_connections', help: 'SIP connections open', value: counts.connections },
    { name: 'media_legs', help: 'Media legs open', value: engine.legs },
    { name: 'media_recordings', help: 'Recordings being written', value: engine.recordings },
    { name: 'work_open', help: 'Work items arrived and not ended', value: routing.openItems() },
    { name: 'journal_pending', help: 'Facts and other writes not yet stored', value: journal.pending },
    { name: 'journal_writable', help: '1 while the database takes writes', value: journal.ok ? 1 : 0 },
    {
      name: 'journal_unknown',
      help: 'Stored facts passed over because they cannot be read',
      value: [...unknown.values()].reduce((sum, count) => sum + count, 0),
    },
  ];
}
