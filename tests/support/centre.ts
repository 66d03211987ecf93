import { createCustomers, customersMigrations, customersProjections } from '#server/customers/index.ts';
import {
  createInteractions,
  interactionsMigrations,
  interactionsProjections,
} from '#server/interactions/index.ts';
import {
  DatabaseUnavailable,
  type Dialect,
  type Kernel,
  openJournal,
  silentLog,
} from '#server/kernel/index.ts';
import { createPeople, peopleMigrations } from '#server/people/index.ts';
import {
  createRouting,
  type QueueSettings,
  routingMigrations,
  routingProjection,
} from '#server/routing/index.ts';
import { createCalls } from '#server/telephony/calls/index.ts';
import { queueDefaults } from '#shared/model/routing.ts';
import { FakeMedia } from './fake-media.ts';
import { FakeInvite, FakeSip } from './fake-sip.ts';
import { testKernel } from './kernel.ts';
import { serves } from './serves.ts';

export const testQueue: QueueSettings = {
  ...queueDefaults,
  id: 'support',
  name: 'Support',
  wrapUp: { mode: 'timed', ms: 30_000, extendMs: 30_000 },
  record: true,
};

/** Lets everything that waits only for promises run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}

/** Awaits what resolves once it is stored: the clock stands still, so the journal is told to go on. */
export async function stored<T>({ journal }: Pick<Kernel, 'journal'>, work: Promise<T> | T): Promise<T> {
  let over = false;
  const done = Promise.resolve(work).finally(() => {
    over = true;
  });
  done.catch(() => undefined); // it is told to whoever awaits
  while (!over) {
    await journal.flush();
    await new Promise(setImmediate);
  }
  return done;
}

type TestKernel = Awaited<ReturnType<typeof testKernel>>;

/**
 * A centre whose rooms are real up to the calls, with SIP and media played by the test and a clock that stands still:
 * `agents` agents named agent1..., all in queue `support`, number 4001.
 */
export async function testCentre(agents: number, queue: QueueSettings = testQueue, dialect?: Dialect) {
  const migrations = [
    ...peopleMigrations,
    ...customersMigrations,
    ...interactionsMigrations,
    ...routingMigrations,
  ];
  const kernel = await testKernel(migrations, dialect);
  const centre = await openCentre(kernel, queue.id);
  const { people, routing } = centre;
  await stored(kernel, routing.setQueue(queue, 'system'));
  for (let i = 1; i <= agents; i++) {
    const username = `agent${i}`;
    await stored(
      kernel,
      people.addUser({ id: username, username, name: `Agent ${i}`, roles: ['agent'], password: null }),
    );
    await stored(kernel, serves(routing, username, [queue.id]));
    centre.standBy(username);
  }
  await kernel.journal.flush();
  return centre;
}

async function openCentre(kernel: TestKernel, queueId: string) {
  for (const projection of [...customersProjections, ...interactionsProjections, routingProjection])
    kernel.journal.project(projection);
  const people = await createPeople({ kernel, realm: 'cordboard', sipPath: '/sip' });
  const customers = await createCustomers({ kernel });
  const interactions = await createInteractions({
    kernel,
    names: {
      user: () => undefined,
      queue: () => undefined,
      customers: (ids) => customers.summaries(ids),
    },
  });
  const routing = await createRouting({ kernel });
  const sip = new FakeSip();
  const media = new FakeMedia();
  const desks = new Set<string>();
  const changed: string[] = [];
  /** Whoever calls is looked up once this resolves. */
  let lookUps: Promise<unknown> = Promise.resolve();
  const calls = await createCalls({
    kernel,
    sip,
    media,
    people,
    customers: {
      ...customers,
      async match(number) {
        await lookUps;
        return customers.match(number);
      },
    },
    interactions,
    routing,
    recordings: '/recordings',
    deskOpen: (agentId) => desks.has(agentId),
    changed: (agentId) => void changed.push(agentId),
  });
  const flowsRun: string[] = [];
  calls.flows({
    run: (call) => {
      if (call.dnis !== '4001') return false;
      const announce = { prompt: 'callback-offer.en', afterMs: 10_000, everyMs: 45_000 };
      call.enqueue({ type: 'enqueue', queue: queueId, priority: 0, callbackKey: '1', announce });
      return true;
    },
    runFlow: (call, flowId) => {
      flowsRun.push(flowId);
      void call.answer();
      if (flowId === 'voicemail') call.record();
      return flowId !== 'nowhere';
    },
  });

  return {
    kernel,
    clock: kernel.clock,
    /** Flows that calls were given to. */
    flowsRun,
    people,
    customers,
    interactions,
    routing,
    sip,
    media,
    calls,
    desks,
    /** Agents whose desks were told to be another, though no fact says so. */
    changed,
    /** The agent has a phone and is available. */
    standBy(agentId: string): void {
      sip.register(agentId);
      routing.setReachable(agentId, true);
      routing.setPresence(agentId, 'available', undefined);
    },
    /** A caller dials; its INVITE is in the test's hands, and the caller is looked up. */
    dial(to = '4001', from = '+14155550123'): FakeInvite {
      const invite = new FakeInvite(sip, from, to);
      calls.arrived(invite);
      return invite;
    },
    /** From now on nobody who calls can be looked up, until the function it returns is called. */
    holdLookUps(): () => void {
      let release = (): void => undefined;
      lookUps = new Promise<void>((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    /** The database does not answer from now on: writes, and reads too unless `reads` go on. */
    loseDatabase({ reads = false } = {}): () => void {
      const { db } = kernel;
      const { write, all, one } = db;
      const lost = async (): Promise<never> => {
        throw new DatabaseUnavailable('lost by the test', { cause: undefined });
      };
      Object.assign(db, { write: lost, ...(reads ? {} : { all: lost, one: lost }) });
      return () => void Object.assign(db, { write, all, one });
    },
    /** Awaits what resolves once it is stored. */
    stored: <T>(work: Promise<T> | T): Promise<T> => stored(kernel, work),
    /** The types of all facts so far. */
    async facts(): Promise<string[]> {
      await kernel.journal.flush();
      return (await kernel.journal.since(0)).map((fact) => fact.type);
    },
    /** What is still open anywhere: all zero when nothing is left behind. */
    async left() {
      await kernel.journal.flush();
      return {
        calls: calls.counts().calls,
        dialogs: sip.dialogs.size,
        inviting: sip.phoneCalls.filter((call) => call.state === 'inviting').length,
        legs: media.legs.size,
        recordings: media.recordings.size,
        work: routing.openItems(),
        open: interactions.openCount(),
      };
    },
    /** The same database opened by a new process, as after a kill; facts not stored are lost. */
    async restart() {
      await this.close();
      const journal = await openJournal(kernel.db, kernel.clock, silentLog, { groupMs: 0 }); // time stands still
      return openCentre({ ...kernel, journal }, queueId);
    },
    async close(): Promise<void> {
      routing.stop();
      await stored(kernel, people.stop());
    },
  };
}

export const nothingLeft = { calls: 0, dialogs: 0, inviting: 0, legs: 0, recordings: 0, work: 0, open: 0 };
