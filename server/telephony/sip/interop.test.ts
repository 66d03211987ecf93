import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import JsSIP from 'jssip';
import * as SIP from 'sip.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ha1, Owner, SDP } from '../../../tests/kits/sip/testkit.ts';
import { createSipServer, type IncomingInvite } from './index.ts';
import type { BoundSipServer } from './types.ts';

/** The two user agents that will really connect, over a real WebSocket; their media is made up. */
let server: BoundSipServer;
let http: HttpServer;
let invites: IncomingInvite[];
let news: string[];
let owner: Owner;
let url: string;

beforeEach(async () => {
  invites = [];
  news = [];
  owner = new Owner();
  Object.assign(globalThis, { WebSocket });
  server = createSipServer({
    realm: 'cordboard',
    host: '127.0.0.1',
    advertise: '127.0.0.1',
    port: 0,
    accounts: { ha1: (user, algorithm) => [ha1(user, 'cordboard', 'demo', algorithm)] },
    trusted: () => false,
    onInvite: (invite) => invites.push(invite),
    registrar: {
      onRegistered: (aor, _binding, first) => news.push(`+${aor}${first ? ' first' : ''}`),
      onUnregistered: (aor, _binding, reason) => news.push(`-${aor} ${reason}`),
    },
    overloaded: () => false,
    clock: {
      now: () => Date.now(),
      after: (ms, run) => {
        const timeout = setTimeout(run, ms);
        return { cancel: () => clearTimeout(timeout) };
      },
    },
    random: (bytes) =>
      Math.random()
        .toString(16)
        .slice(2)
        .padEnd(bytes * 2, '0'),
    log: { debug() {}, info() {}, warn: (fields, text) => news.push(`! ${text} ${JSON.stringify(fields)}`) },
  });
  await server.start();
  http = createServer();
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/sip`;
  server.attach(http, '/sip');
});

afterEach(async () => {
  await server.stop(100);
  http.closeAllConnections();
  await new Promise((done) => http.close(done));
});

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 4000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error('did not happen');
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** sip.js without a browser: SDP is text. */
class Descriptions implements SIP.SessionDescriptionHandler {
  remote = '';
  close(): void {}
  async getDescription(): Promise<SIP.BodyAndContentType> {
    return { body: SDP, contentType: 'application/sdp' };
  }
  hasDescription(type: string): boolean {
    return type === 'application/sdp';
  }
  async holdModifier(description: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit> {
    return description;
  }
  async setDescription(sdp: string): Promise<void> {
    this.remote = sdp;
  }
  sendDtmf(): boolean {
    return false;
  }
}

async function sipjs(
  user: string,
  delegate: SIP.UserAgentDelegate = {},
): Promise<{ agent: SIP.UserAgent; registerer: SIP.Registerer }> {
  const uri = SIP.UserAgent.makeURI(`sip:${user}@cordboard`);
  if (uri === undefined) throw new Error('no uri');
  const agent = new SIP.UserAgent({
    uri,
    transportOptions: { server: url },
    authorizationUsername: user,
    authorizationPassword: 'demo',
    delegate,
    logBuiltinEnabled: false,
    sessionDescriptionHandlerFactory: () => new Descriptions(),
  });
  await agent.start();
  const registerer = new SIP.Registerer(agent);
  await registerer.register();
  await until(() => registerer.state === SIP.RegistererState.Registered);
  return { agent, registerer };
}

describe('S60 SIP.js 0.21', () => {
  it('registers and unregisters', async () => {
    const { agent, registerer } = await sipjs('agent1');
    expect(server.bindings('agent1')[0]?.transport).toBe('ws');
    await registerer.unregister();
    await until(() => server.bindings('agent1').length === 0);
    await agent.stop();
    expect(news).toEqual(['+agent1 first', '-agent1 unregistered']);
  });

  it('is called: rings, answers, is changed by re-INVITE, hangs up', async () => {
    let invitation: SIP.Invitation | undefined;
    let acked = false;
    const { agent } = await sipjs('agent1', {
      onInvite: (came) => {
        invitation = came;
        came.delegate = {
          onAck: () => {
            acked = true;
          },
        };
      },
    });
    const [binding] = server.bindings('agent1');
    server.invite({
      target: { uri: binding?.contact ?? '', flow: binding?.flow },
      from: { display: '李伟', user: '+8613800138000' },
      to: 'agent1',
      sdp: SDP,
      handlers: owner,
    });
    await until(() => invitation !== undefined);
    expect(invitation?.remoteIdentity.displayName).toBe('李伟');
    await until(() => owner.progress.length > 0);
    await invitation?.accept();
    // SIP.js refuses a re-INVITE that comes while it reads the ACK, for seconds (RFC 5407 3.1.4).
    await until(() => owner.answered.length === 1 && acked);
    const dialog = owner.answered[0]?.[0];
    expect(await dialog?.reinvite(SDP.replace('1 1', '1 2'))).toContain('v=0');
    await invitation?.bye();
    await until(() => owner.ends.length === 1);
    expect(owner.ends[0]?.cause).toBe('remote-bye');
    await agent.stop();
  });

  it('calls: is known by its account, is answered, refers, and is hung up on', async () => {
    const { agent } = await sipjs('agent1');
    const target = SIP.UserAgent.makeURI('sip:4000@cordboard') as SIP.URI;
    const inviter = new SIP.Inviter(agent, target);
    await inviter.invite();
    await until(() => invites.length === 1);
    expect(invites[0]?.source.account).toBe('agent1');
    let acked = 0;
    const referred: string[] = [];
    Object.assign(owner, { onRefer: (to: { user: string }) => referred.push(to.user) > 0 });
    if (invites[0] !== undefined) invites[0].onAcked = () => acked++;
    invites[0]?.progress(180);
    const dialog = invites[0]?.answer(SDP, owner);
    await until(() => acked === 1 && inviter.state === SIP.SessionState.Established);
    const notified: string[] = [];
    await inviter.refer(SIP.UserAgent.makeURI('sip:agent2@cordboard') as SIP.URI, {
      onNotify: (notification) => {
        notified.push(notification.request.body);
        void notification.accept();
      },
    });
    await until(() => notified.length === 1);
    expect(referred).toEqual(['agent2']);
    dialog?.bye();
    await until(() => inviter.state === SIP.SessionState.Terminated);
    expect(notified.at(-1)).toContain('200 OK');
    await agent.stop();
  });

  it('cancels its call', async () => {
    const { agent } = await sipjs('agent1');
    const inviter = new SIP.Inviter(agent, SIP.UserAgent.makeURI('sip:4000@cordboard') as SIP.URI);
    await inviter.invite();
    await until(() => invites.length === 1);
    const causes: string[] = [];
    if (invites[0] !== undefined) invites[0].onCancelled = (cause) => causes.push(cause);
    invites[0]?.progress(180);
    await inviter.cancel();
    await until(() => inviter.state === SIP.SessionState.Terminated);
    expect(causes).toEqual(['cancel']);
    await agent.stop();
  });
});

describe('S61 JsSIP 3.13', () => {
  it('registers, and its closed socket ends the binding', async () => {
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri: 'sip:agent2@cordboard',
      password: 'demo',
      register: true,
    });
    let registered = 0;
    ua.on('registered', () => registered++);
    ua.start();
    await until(() => registered === 1);
    expect(server.bindings('agent2')[0]?.userAgent).toContain('JsSIP');
    ua.stop();
    await until(() => server.bindings('agent2').length === 0);
    expect(news).toEqual(['+agent2 first', '-agent2 unregistered']);
  });
});
