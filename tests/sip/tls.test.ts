import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../scripts/phone/call.ts';
import { header } from '../../scripts/phone/message.ts';
import type { PhoneOptions } from '../../scripts/phone/phone.ts';
import { tone } from '../../scripts/phone/speech.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually, within } from '../support/eventually.ts';
import { type Certificate, selfSigned, TlsLine } from '../support/tls-line.ts';
import { nowHears } from '../support/tones.ts';

const DEVICE = { username: 'agent1', password: 'the desk phone’s own' };

/** Debian's SIPp is built without TLS; these are the phone of scripts/phone on a TLS connection. */
describe('SIP over TLS', () => {
  let centre: RunningApp;
  let folder: string;
  let certificate: Certificate;
  const lines: TlsLine[] = [];

  beforeAll(async () => {
    certificate = await selfSigned();
    folder = mkdtempSync(join(tmpdir(), 'cordboard-tls-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    writeFileSync(cert, certificate.cert);
    writeFileSync(key, certificate.key);
    centre = await startApp({ env: { SIP_TLS_PORT: '0', TLS_CERT: cert, TLS_KEY: key } });
    await centre.app.people.setDevicePassword('agent1', DEVICE.password);
  });
  // A test that fell has left its call standing: it is hung up while its line is still there to say so.
  afterEach(async () => {
    try {
      await centre.reset();
    } finally {
      for (const line of lines.splice(0)) line.close();
      centre.app.sip.unregister('agent1');
    }
  });
  afterAll(async () => {
    await centre.stop();
    rmSync(folder, { recursive: true });
  });

  const at = () => ({ host: '127.0.0.1', port: centre.app.sip.ports().tlsPort });
  const phone = async (user: string, more: Partial<PhoneOptions> = {}) => {
    const line = await TlsLine.open(at(), certificate);
    lines.push(line);
    return { line, phone: await centre.phone(user, { server: line.server, ...more }) };
  };
  const bindings = () => centre.app.sip.bindings('agent1');

  it('a phone registers with its password, and its registration ends with its connection', async () => {
    const { line, phone: desk } = await phone('agent1');
    expect(line.protocol).toMatch(/^TLSv1\.[23]$/);
    expect(await desk.register(60, { ...DEVICE, password: 'guess' })).toBe(401);
    expect(bindings()).toEqual([]);
    expect(await desk.register(60, DEVICE)).toBe(200);
    expect(bindings()).toMatchObject([{ transport: 'tls', flow: expect.any(String) }]);
    line.close();
    lines.pop();
    await eventually(() => bindings().length === 0, 'the registration is gone');
  });

  it('a whole call, both ends over TLS: rings, is answered, is heard both ways, and ends by BYE', async () => {
    const ringing: Call[] = [];
    const agent = await centre.agent('agent1', { phone: false, available: false });
    const desk = await phone('agent1', {
      account: DEVICE,
      onCall: (call) => {
        ringing.push(call);
        call.ring();
      },
    });
    expect(await desk.phone.register()).toBe(200);
    await agent.setPresence('available');
    const caller = await (await phone('+14155550100')).phone.call('4001');
    const call = await eventually(() => ringing[0], 'the agent’s phone rings');
    const { invite } = call;
    if (!invite) throw new Error('a call that rings has its INVITE');
    expect(header(invite, 'via')).toMatch(/^SIP\/2\.0\/TLS /);
    expect(header(invite, 'contact')).toContain(`:${at().port};transport=tls`);
    await eventually(() => caller.state === 'ringing', 'the caller hears ringing');
    expect(call.answer()).toBe(true);
    expect(await within(caller.answered, 'the caller is answered')).toBe(true);
    caller.rtp.say(tone(440));
    call.rtp.say(tone(1000));
    await eventually(() => nowHears(call.rtp.heard, 440), 'the agent hears the caller');
    await eventually(() => nowHears(caller.rtp.heard, 1000), 'the caller hears the agent');
    expect(await call.hold(true)).toBe(200);
    await agent.work(({ phase }) => phase === 'held', 'held');
    expect(await call.hold(false)).toBe(200);
    await caller.hangUp();
    expect(await within(call.ended, 'the agent’s phone gets the BYE')).toEqual({ by: 'them' });
    expect(await centre.lastEnded()).toMatchObject({ end: 'caller-hung-up', agent: { id: 'agent1' } });
    await agent.finish();
  });

  it('plain SIP on the TLS port is cut off, and hurts nobody', async () => {
    const socket = connect(at().port, at().host);
    socket.on('error', () => undefined); // a reset is one way to be cut off
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.write('OPTIONS sip:cordboard SIP/2.0\r\nContent-Length: 0\r\n\r\n');
    await within(closed, 'the server closes the connection');
    const { phone: desk } = await phone('agent1');
    expect(await desk.register(60, DEVICE)).toBe(200);
    expect(await desk.register(0, DEVICE)).toBe(200);
  });
});
