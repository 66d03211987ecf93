import { createCustomers, customersMigrations } from '#server/customers/index.ts';
import { createInteractions, interactionsMigrations } from '#server/interactions/index.ts';
import { createPeople, peopleMigrations } from '#server/people/index.ts';
import { createRouting, type QueueSettings, routingMigrations } from '#server/routing/index.ts';
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

/**
 * A centre whose rooms are real up to the calls, with SIP and media played by the test and a clock that stands still:
 * `agents` agents named agent1..., all in queue `support`, number 4001.
 */
export async function testCentre(agents: number, queue: QueueSettings = testQueue) {
  const kernel = testKernel([
    ...peopleMigrations,
    ...customersMigrations,
    ...interactionsMigrations,
    ...routingMigrations,
  ]);
  const people = createPeople({ kernel, realm: 'cordboard', sipPath: '/sip' });
  const customers = createCustomers({ kernel });
  const interactions = createInteractions({
    kernel,
    names: { user: () => undefined, queue: () => undefined, customer: (id) => customers.summary(id) },
  });
  const routing = createRouting({ kernel });
  const sip = new FakeSip();
  const media = new FakeMedia();
  const desks = new Set<string>();
  const calls = createCalls({
    kernel,
    sip,
    media,
    people,
    customers,
    interactions,
    routing,
    recordings: '/recordings',
    deskOpen: (agentId) => desks.has(agentId),
  });
  const flowsRun: string[] = [];
  calls.flows({
    run: (call) => {
      if (call.dnis !== '4001') return false;
      const announce = { prompt: 'callback-offer.en', afterMs: 10_000, everyMs: 45_000 };
      call.enqueue({ type: 'enqueue', queue: queue.id, priority: 0, callbackKey: '1', announce });
      return true;
    },
    runFlow: (call, flowId) => {
      flowsRun.push(flowId);
      void call.answer();
      if (flowId === 'voicemail') call.record();
      return flowId !== 'nowhere';
    },
  });
  routing.setQueue(queue);
  for (let i = 1; i <= agents; i++) {
    const username = `agent${i}`;
    await people.addUser({ id: username, username, name: `Agent ${i}`, roles: ['agent'], password: null });
    serves(routing, username, [queue.id]);
    sip.register(username);
    routing.setReachable(username, true);
    routing.setPresence(username, 'available', undefined);
  }
  kernel.journal.flush();

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
    /** A caller dials; its INVITE is in the test's hands. */
    dial(to = '4001', from = '+14155550123'): FakeInvite {
      const invite = new FakeInvite(sip, from, to);
      calls.arrived(invite);
      return invite;
    },
    /** The types of all facts so far. */
    facts(): string[] {
      kernel.journal.flush();
      return kernel.journal.since(0).map((fact) => fact.type);
    },
    /** What is still open anywhere: all zero when nothing is left behind. */
    left() {
      kernel.journal.flush();
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
  };
}

export const nothingLeft = { calls: 0, dialogs: 0, inviting: 0, legs: 0, recordings: 0, work: 0, open: 0 };
