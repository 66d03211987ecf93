import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { SIP_WS_PATH } from '#shared/contract/socket.ts';
import { type ApiServer, type CommandTable, createApi } from './api/index.ts';
import { type Config, ConfigError } from './config.ts';
import { createCustomers, customersMigrations } from './customers/index.ts';
import { boardView, type DeskSources, deskView, workList } from './desk.ts';
import { tellDesks } from './desk-updates.ts';
import { createInteractions, type Interactions, interactionsMigrations } from './interactions/index.ts';
import { createIvr, type Ivr, ivrMigrations, seedNumbers } from './ivr/index.ts';
import {
  createIds,
  createLog,
  Journal,
  journalMigrations,
  type Kernel,
  lockFolder,
  openDatabase,
  systemClock,
} from './kernel/index.ts';
import { createPeople, isLoopback, type People, peopleMigrations } from './people/index.ts';
import { createRouting, type RoutingService, routingMigrations, seedQueues } from './routing/index.ts';
import { benchAgentIds, demoAgentIds, seedBench, seedDemo } from './seed/index.ts';
import { type CallsService, createCalls } from './telephony/calls/index.ts';
import { createMediaEngine, type MediaEngine, repairRecordings } from './telephony/media/index.ts';
import { type BoundSipServer, createSipServer, type RegistrarEvents } from './telephony/sip/index.ts';

/** The whole server, built and not yet listening. */
export interface App {
  /** Opens the ports. Rejects with the listener's own error. */
  start(): Promise<{ http: number; sip: number }>;
  /** Ends calls, completes recordings, closes ports and the database. Safe to call twice, and before `start`. */
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

/**
 * Builds the whole server from its settings: opens the database, ends what a dead server left open, fills an empty
 * data folder. Throws when the data folder cannot be used.
 */
export async function createApp(config: Config): Promise<App> {
  const release = lockFolder(config.dataDir);
  try {
    return await build(config, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function build(config: Config, release: () => void): Promise<App> {
  const clock = systemClock;
  const log = createLog(config.logLevel);
  const db = openDatabase(
    join(config.dataDir, 'cordboard.db'),
    [
      ...journalMigrations,
      ...peopleMigrations,
      ...customersMigrations,
      ...interactionsMigrations,
      ...routingMigrations,
      ...ivrMigrations,
    ],
    clock.now,
  );
  const kernel: Kernel = {
    clock,
    log,
    db,
    ids: createIds(clock.now, randomBytes),
    journal: new Journal(db, clock, log),
  };
  const recordings = join(config.dataDir, 'recordings');
  mkdirSync(recordings, { recursive: true });

  const people = createPeople({
    kernel,
    realm: config.sip.realm,
    sipPath: SIP_WS_PATH,
    inUse: (userId) => (routing.agent(userId)?.hands.length ?? 0) > 0,
  });
  const userRef = (id: string) => {
    const user = people.user(id);
    return user && { id, name: user.name };
  };
  const customers = createCustomers({ kernel, userName: userRef });
  const interactions = createInteractions({
    kernel,
    names: {
      user: userRef,
      queue: (id) => {
        const queue = routing.queueSettings(id);
        return queue && { id, name: queue.name };
      },
      customer: (id) => customers.summary(id),
    },
  });
  const routing = createRouting({ kernel });
  const ivr = createIvr({ kernel });
  await fill(config, kernel, people, routing, ivr);
  await endWhatWasLeft(recordings, kernel, interactions, routing.outlived);

  const media = createMediaEngine({
    host: config.sip.host,
    advertise: config.advertise,
    rtpPorts: config.media.ports,
    workers: config.media.workers,
    log,
  });
  const sip = createSipServer({
    realm: config.sip.realm,
    host: config.sip.host,
    advertise: config.advertise,
    port: config.sip.port,
    ...(config.sip.tls ? { tls: config.sip.tls } : {}),
    digests: config.sip.digests,
    accounts: { ha1: people.sipHa1 },
    trusted: (address) => isLoopback(address) || config.sip.trunks.includes(address),
    onInvite: (invite) => calls.arrived(invite),
    registrar: phoneEvents(kernel, people, routing, () => calls),
    overloaded: () => calls.counts().calls >= config.maxCalls,
    clock,
    random: (bytes) => randomBytes(bytes).toString('hex'),
    log,
  });
  const calls: CallsService = createCalls({
    kernel,
    sip,
    media,
    people,
    customers,
    interactions,
    routing,
    recordings,
    deskOpen: (agentId) => api.gateway.connected(agentId),
  });
  calls.flows(ivr);

  const phones = (userId: string): number => {
    const username = people.user(userId)?.username;
    if (!username) return 0;
    return sip.bindings(username).length + (people.fixedUri(userId) ? 1 : 0);
  };
  const sources: DeskSources = { people, customers, interactions, routing, calls, phones };
  let listening = false;
  const api: ApiServer = await createApi({
    kernel,
    people,
    customers,
    interactions,
    routing,
    desk: (userId) => deskView(sources, userId),
    board: () => boardView(sources, clock.now()),
    commands: deskCommands(calls, interactions),
    flows: () => ivr.flows(),
    work: (queueIds, limit) => workList(sources, { queueIds, limit }),
    deviceChanged: (id) => {
      if (routing.agent(id)) routing.setReachable(id, phones(id) > 0);
    },
    lists: () => ({
      queues: routing.queues().map(({ id, name }) => ({ id, name })),
      dispositions: [...interactions.dispositions()],
      reasons: [...routing.reasons()],
    }),
    numbers: () => ({ domain: config.sip.realm, numbers: ivr.numbers() }),
    recordingsDir: recordings,
    rendererDir: config.rendererDir,
    version: VERSION,
    behindProxy: config.http.behindProxy,
    health: () => ({ sip: listening, database: kernel.journal.pending < 10_000 }),
    collect: async () => {
      const counts = { ...calls.counts(), ...sip.counts() };
      const engine = await media.counts();
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
        { name: 'journal_pending', help: 'Facts not yet stored', value: kernel.journal.pending },
      ];
    },
  });
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
    routing.stop();
    people.stop();
    kernel.journal.append({ type: 'server.stopped' });
    kernel.journal.flush();
    db.close();
    release();
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
      await media.start();
      await sip.start();
      await api.app.listen({ host: config.http.host, port: config.http.port });
      listening = true;
      kernel.journal.append({ type: 'server.started', version: VERSION });
      return { http: (api.http.address() as AddressInfo).port, sip: sip.ports().port };
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** What an empty data folder is given: the demo centre, the benchmark, or for production its first administrator. */
async function fill(
  config: Config,
  kernel: Kernel,
  people: People,
  routing: RoutingService,
  ivr: Ivr,
): Promise<void> {
  const { seed } = config;
  if (seed.kind === 'demo') {
    await seedDemo({ kernel, people });
    seedQueues(routing, 'demo', demoAgentIds);
    seedNumbers(ivr, 'demo');
  } else if (seed.kind === 'bench') {
    await seedBench({ kernel, people }, { agents: seed.agents, password: config.benchPassword });
    seedQueues(routing, 'bench', benchAgentIds(seed.agents));
    seedNumbers(ivr, 'bench');
  } else if (config.production && people.users().length === 0) {
    if (!config.adminPassword)
      throw new ConfigError(
        'CORDBOARD_ADMIN_PASSWORD is needed at the first start: the password of the user admin',
      );
    await people.addUser({
      username: 'admin',
      name: 'Administrator',
      roles: ['administrator'],
      password: config.adminPassword,
    });
    seedQueues(routing, 'plain', []);
    seedNumbers(ivr, 'demo');
  }
}

/** After a kill: mends recordings whose header was never written, and ends the contacts that were alive. */
async function endWhatWasLeft(
  recordings: string,
  kernel: Kernel,
  interactions: Interactions,
  outlived: (interactionId: string) => boolean,
): Promise<void> {
  const mended = new Map<string, number>();
  for (const { file, durationMs } of await repairRecordings(recordings))
    mended.set(basename(file, '.wav'), durationMs);
  const ended = interactions.endOpen(mended, outlived);
  if (ended > 0 || mended.size > 0)
    kernel.log.warn({ ended, recordings: mended.size }, 'contacts left open by the last run were ended');
}

/** Phones that come and go: facts, and whether routing may offer calls. */
function phoneEvents(
  kernel: Kernel,
  people: People,
  routing: RoutingService,
  calls: () => CallsService,
): RegistrarEvents {
  const agentOf = (aor: string): string | undefined => people.userByName(aor)?.id;
  return {
    onRegistered(aor, binding) {
      const agentId = agentOf(aor);
      if (!agentId) return;
      kernel.journal.append({
        type: 'phone.registered',
        agentId,
        device: binding.instance,
        transport: binding.transport,
      });
      if (routing.agent(agentId)) routing.setReachable(agentId, true);
      calls().phoneRegistered(agentId);
    },
    onUnregistered(aor, binding, reason) {
      const agentId = agentOf(aor);
      if (!agentId) return;
      kernel.journal.append({ type: 'phone.unregistered', agentId, device: binding.instance, reason });
      if (routing.agent(agentId) && !calls().hasPhone(agentId)) routing.setReachable(agentId, false);
    },
  };
}

function deskCommands(calls: CallsService, interactions: Interactions): CommandTable {
  const done = {};
  return {
    'offer.shown': ({ user }, { offerId }) => {
      calls.offerShown(user.id, offerId);
      return done;
    },
    'offer.decline': ({ user }, { offerId }) => {
      calls.declineOffer(user.id, offerId);
      return done;
    },
    'call.mute': ({ user }, { interactionId, muted }) => {
      calls.mute(user.id, interactionId, muted);
      return done;
    },
    'call.hold': ({ user }, { interactionId, held }) => {
      calls.hold(user.id, interactionId, held);
      return done;
    },
    'call.hang-up': ({ user }, { interactionId }) => {
      calls.hangUp(user.id, interactionId);
      return done;
    },
    'call.rejoin': ({ user }, { interactionId }) => {
      calls.rejoin(user.id, interactionId);
      return done;
    },
    'call.digit': ({ user }, { interactionId, digit }) => {
      calls.digit(user.id, interactionId, digit);
      return done;
    },
    'notes.save': ({ user }, { interactionId, notes, base }) => ({
      rev: interactions.saveNotes(interactionId, user.id, notes, base),
    }),
    'disposition.set': ({ user }, { interactionId, disposition }) => {
      interactions.dispose(interactionId, user.id, disposition);
      return done;
    },
    'wrap-up.extend': ({ user }, { interactionId }) => {
      calls.extendWrapUp(user.id, interactionId);
      return done;
    },
    'wrap-up.finish': ({ user }, { interactionId }) => {
      calls.finishWrapUp(user.id, interactionId);
      return done;
    },
    'customer.choose': ({ user }, { interactionId, customerId }) => {
      calls.chooseCustomer(user.id, interactionId, customerId);
      return done;
    },
  };
}
