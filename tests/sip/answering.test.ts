import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { tone } from '../../scripts/phone/speech.ts';
import type { TestAgent } from '../support/agent.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually, within } from '../support/eventually.ts';
import { openRawSip, plainOffer, RawCall } from '../support/raw-sip.ts';
import { loudness, nowHears } from '../support/tones.ts';

describe('answering, as phones see it', () => {
  let centre: RunningApp;
  let agent: TestAgent;
  beforeAll(async () => {
    centre = await startApp({
      agents: 2,
      support: { ringMs: 500, retryMs: { noAnswer: 0, declined: 1000, busy: 1000, failed: 1000 } },
    });
    agent = await centre.agent('agent1');
  });
  afterEach(async () => {
    await centre.quiet();
    await agent.ready();
  });
  afterAll(() => centre.stop());

  it('RFC 3261 13.3.1.4 the 200 is said again until its ACK comes, and no more', async () => {
    const wire = await openRawSip(centre.sip);
    const call = new RawCall(wire, '4010');
    const answers = () =>
      wire.received.filter((text) => text.startsWith('SIP/2.0 200') && /CSeq: 1 /.test(text));
    wire.send(call.request('INVITE', 1, { sdp: plainOffer() }));
    await eventually(() => answers().length === 3, 'the 200 came three times');
    const [answer = ''] = answers();
    expect(new Set(answers()).size).toBe(1);
    const timers = () => centre.app.sip.counts().timers;
    const before = timers();
    wire.send(call.request('ACK', 1, { answer }));
    await eventually(() => timers() <= before - 2, 'nothing is left that would say it again, or give up');
    wire.send(call.request('BYE', 2, { answer }));
    await wire.get(/^SIP\/2.0 200 [\s\S]*CSeq: 2 BYE/);
    expect(answers()).toHaveLength(3);
    wire.close();
  });

  it('K2 an agent whose answer crosses the caller’s hang-up is let go at once', async () => {
    // The phone answers although it was told to stop: its 200 has crossed the CANCEL.
    const wire = await openRawSip(centre.sip);
    const late = new LatePhone(wire);
    await centre.app.people.setFixedUri('agent2', `sip:agent2@127.0.0.1:${wire.port}`);
    centre.app.routing.setReachable('agent2', true);
    await agent.setPresence('not-ready', 'break');
    centre.app.routing.setPresence('agent2', 'available', undefined);
    const caller = await centre.dial();
    await late.ring();
    await caller.hangUp();
    await late.answerTooLate();
    expect(centre.app.routing.agent('agent2')?.state).toBe('idle');
    expect(await centre.lastEnded()).toMatchObject({ end: 'caller-abandoned', agent: null });
    centre.app.routing.setPresence('agent2', 'offline', undefined);
    await centre.app.people.setFixedUri('agent2', null);
    centre.app.routing.setReachable('agent2', false);
    wire.close();
  });

  it('K1 a caller whom all agents decline goes on waiting, with music', async () => {
    const second = await centre.agent('agent2');
    const caller = await centre.dial();
    const declined: Call[] = [];
    for (const who of [agent, second]) {
      const call = await who.rung();
      declined.push(call);
      call.reject(603, 'Decline');
    }
    await eventually(() => caller.state === 'up', 'the caller is answered');
    await eventually(() => loudness(caller.rtp.heard) > 100, 'the caller hears music');
    expect(declined.map(({ state }) => state)).toEqual(['ended', 'ended']);
    // R6: left alone for a while, then tried again.
    const again = await eventually(
      () => [...agent.calls, ...second.calls].find(({ state }) => state === 'ringing'),
      'an agent is tried again',
    );
    again.answer();
    again.rtp.say(tone(1000));
    await eventually(() => nowHears(caller.rtp.heard, 1000), 'the caller hears the agent');
    await caller.hangUp();
    await centre.lastEnded();
    await second.finish();
    await second.setPresence('offline');
  });

  it('rings every phone of an agent at once: the first that answers has the call, the other stops ringing', async () => {
    const at: Call[] = [];
    const mobile = await Phone.open({
      server: centre.sip,
      user: 'agent1',
      ...(agent.client.sip ? { account: agent.client.sip } : {}),
      onCall: (call) => {
        at.push(call);
        call.ring();
      },
    });
    expect(await mobile.register()).toBe(200);
    await agent.until(({ phones }) => phones === 2, 'two phones');
    const caller = await centre.dial();
    const desk = await agent.rung();
    const pocket = await eventually(() => at[0], 'the second phone rings');
    expect(pocket.answer()).toBe(true);
    expect(await within(desk.ended, 'the first phone stops ringing')).toEqual({ by: 'them', code: 487 });
    pocket.rtp.say(tone(700));
    await eventually(() => nowHears(caller.rtp.heard, 700), 'the caller hears the second phone');
    await caller.hangUp();
    expect(await pocket.ended).toEqual({ by: 'them' });
    expect(await mobile.register(0)).toBe(200);
    await mobile.close();
  });

  it('two phones of one agent that answer in the same moment: one has the call, the other is hung up', async () => {
    const at: Call[] = [];
    const mobile = await Phone.open({
      server: centre.sip,
      user: 'agent1',
      ...(agent.client.sip ? { account: agent.client.sip } : {}),
      onCall: (call) => {
        at.push(call);
        call.ring();
      },
    });
    await mobile.register();
    const caller = await centre.dial();
    const desk = await agent.rung();
    const pocket = await eventually(() => at[0], 'the second phone rings');
    expect([desk.answer(), pocket.answer()]).toEqual([true, true]);
    const loser = await within(
      Promise.race([desk.ended.then(() => desk), pocket.ended.then(() => pocket)]),
      'one of them is let go',
    );
    const winner = loser === desk ? pocket : desk;
    winner.rtp.say(tone(600));
    await eventually(() => nowHears(caller.rtp.heard, 600), 'the caller hears the winner');
    expect([winner.state, caller.state]).toEqual(['up', 'up']);
    await winner.hangUp();
    await caller.ended;
    await mobile.register(0);
    await mobile.close();
  });
});

/** A desk phone that says 200 after it was cancelled. */
class LatePhone {
  readonly #wire: Awaited<ReturnType<typeof openRawSip>>;
  #invite = '';
  constructor(wire: Awaited<ReturnType<typeof openRawSip>>) {
    this.#wire = wire;
  }

  async ring(): Promise<void> {
    this.#invite = await this.#wire.get(/^INVITE /);
    this.#wire.send(this.#response(180, 'Ringing'));
  }

  /** Resolves when the server has confirmed the late answer and ended it again, as RFC 3261 9.1 wants. */
  async answerTooLate(): Promise<void> {
    const cancel = await this.#wire.get(/^CANCEL /);
    this.#wire.send(this.#response(200, 'OK', plainOffer()));
    this.#wire.send(
      this.#response(200, 'OK')
        .replaceAll(' INVITE', ' CANCEL')
        .replace(/Via:.*/, /Via:.*/.exec(cancel)?.[0] ?? ''),
    );
    await this.#wire.get(/^ACK /);
    const bye = await this.#wire.get(/^BYE /);
    this.#wire.send(respondTo(bye, 200, 'OK'));
  }

  #response(code: number, reason: string, sdp = ''): string {
    return respondTo(this.#invite, code, reason, sdp, `Contact: <sip:agent2@127.0.0.1:${this.#wire.port}>`);
  }
}

function respondTo(request: string, code: number, reason: string, sdp = '', ...more: string[]): string {
  const copied = request
    .split('\r\n')
    .filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line))
    .map((line) => (line.startsWith('To:') && !line.includes('tag=') ? `${line};tag=late` : line));
  return [
    `SIP/2.0 ${code} ${reason}`,
    ...copied,
    ...more,
    ...(sdp ? ['Content-Type: application/sdp'] : []),
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
  ].join('\r\n');
}
