import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerChallenge } from '../../scripts/phone/digest.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSip, type RawSip } from '../support/raw-sip.ts';
import { runSipp } from '../support/sipp.ts';
import { scenario } from './scenario.ts';

const DEVICE = { username: 'agent1', password: 'the desk phone’s own' };

describe('the registrar, asked from outside', () => {
  let centre: RunningApp;
  beforeAll(async () => {
    centre = await startApp({ agents: 2 });
    await centre.app.people.setDevicePassword('agent1', DEVICE.password);
  });
  afterAll(() => centre.stop());
  const bindings = (user = 'agent1') => centre.app.sip.bindings(user).length;
  const forget = () => centre.app.sip.unregister('agent1');

  it('SIP_DIGESTS=MD5,SHA-256 takes a desk phone that reads only the first challenge and knows MD5 (SIPp)', async () => {
    const old = await startApp({ agents: 1, env: { SIP_DIGESTS: 'MD5,SHA-256' } });
    await old.app.people.setDevicePassword('agent1', DEVICE.password);
    const result = await runSipp(scenario('register', { code: '200' }), {
      remote: old.remote,
      service: 'agent1',
      account: DEVICE,
    });
    expect(result).toEqual({ exitCode: 0, succeeded: 1, failed: 0, errors: '' });
    expect(old.app.sip.bindings('agent1')).toHaveLength(1);
    old.app.sip.unregister('agent1');
    const refused = await runSipp(scenario('register', { code: '401' }), {
      remote: old.remote,
      service: 'agent1',
      account: { ...DEVICE, password: 'wrong' },
    });
    expect(refused).toMatchObject({ exitCode: 0, succeeded: 1 });
    expect(old.app.sip.bindings('agent1')).toHaveLength(0);
    await old.stop();
  });

  it.each(['MD5', 'SHA-256'])('RFC 8760 offers %s, and takes a phone that answers with it', async (name) => {
    const wire = await openRawSip(centre.sip);
    const challenges = await challenge(wire, 'agent1');
    const own = challenges.filter((line) => line.includes(`algorithm=${name},`));
    expect([challenges.length, own.length]).toEqual([2, 1]);
    const request = { method: 'REGISTER', uri: 'sip:cordboard', cnonce: 'abc' };
    wire.send(
      register(wire, 'agent1', `with-${name}`, `Authorization: ${answerChallenge(own, DEVICE, request)}`),
    );
    await wire.get(new RegExp(`^SIP/2.0 200[\\s\\S]*with-${name}`));
    expect(bindings()).toBe(1);
    wire.close();
    forget();
  });

  it('takes a phone by its device password, and lets it go when it unregisters', async () => {
    const phone = await centre.phone('agent1', { account: DEVICE });
    expect(await phone.register()).toBe(200);
    expect(bindings()).toBe(1);
    expect(await phone.register(0)).toBe(200);
    expect(bindings()).toBe(0);
  });

  it('refuses a wrong password, an unknown user, and a user registering for another', async () => {
    const phone = await centre.phone('agent1');
    expect(await phone.register(60, { username: 'agent1', password: 'guess' })).toBe(401);
    expect(await phone.register(60, { username: 'nobody', password: 'guess' })).toBe(401);
    const other = await centre.phone('agent2');
    expect(await other.register(60, DEVICE)).toBe(403);
    expect([bindings('agent1'), bindings('agent2')]).toEqual([0, 0]);
  });

  it('RFC 7616 5.5 refuses an answer heard on the wire and said again: the nonce is stale', async () => {
    const wire = await openRawSip(centre.sip);
    const challenges = await challenge(wire, 'agent1');
    const request = { method: 'REGISTER', uri: 'sip:cordboard', cnonce: 'abc' };
    const authorization = `Authorization: ${answerChallenge(challenges, DEVICE, request)}`;
    wire.send(register(wire, 'agent1', 'heard', authorization));
    await wire.get(/^SIP\/2.0 200[\s\S]*heard/);
    forget();
    wire.send(register(wire, 'agent1', 'replayed', authorization));
    const refused = await wire.get(/^SIP\/2.0 401[\s\S]*replayed/);
    expect(refused).toMatch(/stale=true/);
    expect(bindings()).toBe(0);
    wire.close();
  });

  it('S16 a phone with a wrong password shuts itself out, not the phones beside it', async () => {
    const own = await startApp({ agents: 2 });
    try {
      for (const user of ['agent1', 'agent2']) await own.app.people.setDevicePassword(user, DEVICE.password);
      const broken = await own.phone('agent1');
      const statuses: number[] = [];
      // As often as the whole address may fail, and more.
      for (let i = 0; i < 450; i++)
        statuses.push(await broken.register(60, { username: 'agent1', password: 'old' }));
      expect([statuses[0], statuses.at(-1)]).toEqual([401, 403]);
      const beside = await own.phone('agent2');
      expect(await beside.register(60, { username: 'agent2', password: DEVICE.password })).toBe(200);
    } finally {
      await own.stop();
    }
  });

  it('stops listening to one who guesses passwords, and the answer to the right one is no different', async () => {
    const own = await startApp();
    try {
      await own.app.people.setDevicePassword('agent1', DEVICE.password);
      const phone = await own.phone('agent1');
      const statuses = new Set<number>();
      await eventually(
        async () => {
          const status = await phone.register(60, { username: 'agent1', password: 'guess' });
          statuses.add(status);
          return status === 403;
        },
        'the guesser is locked out',
        10_000,
      );
      expect([...statuses]).toEqual([401, 403]);
      expect(await phone.register(60, DEVICE)).toBe(403);
      expect(own.app.sip.bindings('agent1')).toEqual([]);
    } finally {
      await own.stop();
    }
  });
});

let count = 0;
function register(wire: RawSip, user: string, name: string, ...more: string[]): string {
  count += 1;
  return [
    'REGISTER sip:cordboard SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${wire.port};branch=z9hG4bK${count}${wire.port};rport`,
    'Max-Forwards: 70',
    `From: <sip:${user}@cordboard>;tag=${name}`,
    `To: <sip:${user}@cordboard>`,
    `Call-ID: ${name}-${wire.port}@127.0.0.1`,
    'CSeq: 1 REGISTER',
    `Contact: <sip:${user}@127.0.0.1:${wire.port}>`,
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

async function challenge(wire: RawSip, user: string): Promise<string[]> {
  wire.send(register(wire, user, 'asked'));
  const answer = await wire.get(/^SIP\/2.0 401[\s\S]*asked/);
  return [...answer.matchAll(/^WWW-Authenticate: (.*)\r$/gm)].map(([, value]) => value ?? '');
}
