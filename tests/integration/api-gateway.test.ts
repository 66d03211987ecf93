import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Desk } from '#shared/contract/desk.ts';
import { deskSchema } from '#shared/contract/desk.ts';
import { command, next, type RunningApi, startApi } from '../support/api.ts';

let api: RunningApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

/** A desk that has got its first `desk`. */
async function connected(username = 'agent1') {
  const { token } = await api.signIn(username);
  const socket = api.desk({ token });
  const first = next<Desk>(socket, 'desk');
  socket.connect();
  return { socket, token, desk: await first };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
type ConnectError = Error & { data?: { code: string } };

describe('connecting', () => {
  it('G1 sends the desk at once, by token and by cookie', async () => {
    const { desk } = await connected();
    expect(deskSchema.parse(desk)).toMatchObject({
      rev: 1,
      user: api.ann,
      presence: 'not-ready',
      now: api.kernel.clock.now(),
    });
    const { cookie } = await api.signIn('agent1');
    const socket = api.desk({}, { cookie });
    const coming = next<Desk>(socket, 'desk');
    socket.connect();
    expect(await coming).toMatchObject({ rev: 2, epoch: desk.epoch });
  });

  it.each([
    [{}, 'session.required'],
    [{ token: 'x'.repeat(43) }, 'session.expired'],
    [{ token: { $ne: 1 } }, 'session.required'],
  ])('G1 refuses %j with %s', async (auth, code) => {
    const socket = api.desk(auth);
    const failed = next<ConnectError>(socket, 'connect_error');
    socket.connect();
    expect((await failed).data?.code).toBe(code);
    expect(api.api.gateway.socketCount()).toBe(0);
  });

  it('G1 refuses a page of another site', async () => {
    const { token } = await api.signIn('agent1');
    const foreign = api.desk({ token }, { origin: 'http://evil.example' });
    const failed = next<ConnectError>(foreign, 'connect_error');
    foreign.connect();
    await failed;
    const own = api.desk({ token }, { origin: api.url });
    const coming = next(own, 'desk');
    own.connect();
    await coming;
  });

  it('G2 tells the first and the last socket of a user, and both get every change', async () => {
    const told: string[] = [];
    const { gateway } = api.api;
    gateway.onConnected((user, first) => told.push(`+${user === api.ann.id} ${first}`));
    gateway.onDisconnected((user, last) => told.push(`-${user === api.ann.id} ${last}`));
    const a = await connected();
    const b = await connected();
    expect(gateway.connected(api.ann.id)).toBe(true);
    expect(gateway.connected(api.bob.id)).toBe(false);
    const both = [next<Desk>(a.socket, 'desk'), next<Desk>(b.socket, 'desk')];
    api.world.presence = 'available';
    gateway.changed('desk', api.ann.id);
    const [one, two] = await Promise.all(both);
    expect(one).toMatchObject({ presence: 'available', rev: 3 });
    expect(two).toEqual(one);
    a.socket.disconnect();
    await expect.poll(() => told).toEqual(['+true true', '+true false', '-true false']);
    b.socket.disconnect();
    await expect.poll(() => told.at(-1)).toBe('-true true');
    expect(gateway.connected(api.ann.id)).toBe(false);
  });

  it('G2 a listener that fails does not keep the desk away', async () => {
    api.api.gateway.onConnected(() => {
      throw new Error('a bug elsewhere');
    });
    expect((await connected()).desk.user.id).toBe(api.ann.id);
  });

  it('G3 a desk that lost its network comes back by itself and gets everything, newer than before', async () => {
    const { socket, desk } = await connected();
    const again = next<Desk>(socket, 'desk');
    api.world.presence = 'available';
    socket.io.engine.close();
    expect(await again).toMatchObject({ presence: 'available', epoch: desk.epoch });
    expect((await again).rev).toBeGreaterThan(desk.rev);
  });
});

describe('pushing', () => {
  it('G4 many changes in one turn are one push, built once; without a socket nothing is built', async () => {
    const { socket } = await connected();
    const desks: Desk[] = [];
    socket.on('desk', (desk) => desks.push(desk));
    const { gateway } = api.api;
    const before = api.world.desksBuilt;
    for (let i = 0; i < 50; i++) {
      gateway.changed('desk', api.ann.id);
      gateway.changed('desk', api.bob.id);
    }
    gateway.push('desk', api.bob.id);
    expect(api.world.desksBuilt).toBe(before);
    await expect.poll(() => desks).toHaveLength(1);
    expect(api.world.desksBuilt).toBe(before + 1);
  });

  it('G4 a push is out before it returns, and what waited need not follow', async () => {
    await connected();
    const { gateway } = api.api;
    const before = api.world.desksBuilt;
    gateway.changed('desk', api.ann.id);
    gateway.push('desk', api.ann.id);
    expect(api.world.desksBuilt).toBe(before + 1);
    await turn();
    expect(api.world.desksBuilt).toBe(before + 1);
    gateway.changed('desk', api.ann.id);
    await turn();
    expect(api.world.desksBuilt).toBe(before + 2);
  });

  it('G4 a change made while desks are being built is pushed as well', async () => {
    const built: string[] = [];
    let spill = false;
    const own = await startApi({
      topics: [
        {
          kind: 'own',
          name: 'desk',
          schema: deskSchema,
          of: (userId) => {
            built.push(own.people.user(userId)?.username ?? '');
            if (spill) own.api.gateway.changed('desk', own.sue.id);
            spill = false;
            return undefined;
          },
        },
      ],
    });
    for (const user of ['agent1', 'agent2', 'super1']) {
      const { token } = await own.signIn(user);
      const socket = own.desk({ token });
      const up = next(socket, 'connect');
      socket.connect();
      await up;
    }
    built.length = 0;
    spill = true;
    own.api.gateway.changed('desk', own.ann.id);
    own.api.gateway.changed('desk', own.bob.id);
    await turn();
    await turn();
    expect(built).toEqual(['agent1', 'agent2', 'super1']);
    own.api.gateway.changed('desk', own.ann.id);
    await turn();
    expect(built).toEqual(['agent1', 'agent2', 'super1', 'agent1']);
    await own.stop();
  });

  it('G5 the board goes to those who watch, at most once a second, and stops when they stop', async () => {
    const { socket } = await connected('super1');
    const { gateway } = api.api;
    const boards: unknown[] = [];
    socket.on('board', (board) => boards.push(board));
    gateway.changed('board');
    await turn();
    expect(api.world.boardsBuilt).toBe(0);
    expect(await command(socket, 'board.watch', { on: true })).toEqual({ ok: true, output: {} });
    await expect.poll(() => boards).toHaveLength(1);
    const change = async () => {
      gateway.changed('board');
      await turn();
    };
    for (let i = 0; i < 10; i++) await change();
    await expect.poll(() => boards).toHaveLength(2);
    api.kernel.clock.advance(1000);
    await expect.poll(() => boards).toHaveLength(3);
    api.kernel.clock.advance(1000);
    api.kernel.clock.advance(1000);
    await change();
    await expect.poll(() => boards).toHaveLength(4);
    await command(socket, 'board.watch', { on: false });
    await change();
    api.kernel.clock.advance(5000);
    await turn();
    expect(api.world.boardsBuilt).toBe(4);
  });
});

describe('commands', () => {
  it('G6 answers with the output, with the refusal, or with internal and nothing more', async () => {
    const { socket } = await connected();
    const notes = { interactionId: 'int_1', notes: 'x', base: 0 };
    expect(await command(socket, 'notes.save', notes)).toEqual({ ok: true, output: { rev: 1 } });
    expect(await command(socket, 'notes.save', { ...notes, base: 1 })).toEqual({
      ok: false,
      error: { code: 'notes.stale', message: 'Older notes.', details: { rev: 1, notes: 'x' } },
    });
    expect(await command(socket, 'call.hold', { interactionId: 'int_1', held: true })).toEqual({
      ok: true,
      output: {},
    });
    expect(await command(socket, 'call.hang-up', { interactionId: 'int_1' })).toEqual({
      ok: false,
      error: { code: 'internal', message: 'Something went wrong on the server.' },
    });
  });

  it.each([
    ['notes.save', { interactionId: 'int_1', notes: 1, base: 0 }, 'bad-request'],
    ['notes.save', null, 'bad-request'],
    ['call.mute', { interactionId: 'int_1', muted: true }, 'unknown-command'],
    ['call.explode', {}, 'unknown-command'],
    ['__proto__', {}, 'unknown-command'],
    ['constructor', {}, 'unknown-command'],
    ['x'.repeat(65), {}, 'bad-request'],
    ['board.watch', { on: true }, 'forbidden'],
  ])('G6 refuses %s %j with %s', async (name, input, code) => {
    const { socket } = await connected();
    expect(await command(socket, name, input)).toMatchObject({ ok: false, error: { code } });
  });

  it('G7 junk is answered or ignored, and the desk stays connected', async () => {
    const { socket } = await connected();
    const ask = (...args: unknown[]) =>
      socket.timeout(2000).emitWithAck('command', ...args) as Promise<{ error?: { code: string } }>;
    for (const junk of [[], [null], ['text'], [1, 2, 3], [{ name: {} }], [Buffer.alloc(10)], [[[]]]])
      expect((await ask(...junk)).error?.code).toBe('bad-request');
    socket.emit('command', { name: 'call.hold', input: {} }); // nobody to tell how it went
    socket.emit('command', 'ack');
    socket.emit('nonsense', { a: 1 });
    expect(await socket.timeout(2000).emitWithAck('nonsense', 1)).toMatchObject({
      ok: false,
      error: { code: 'unknown-command' },
    });
    expect(socket.connected).toBe(true);
    expect(await command(socket, 'call.hold', { interactionId: 'int_1', held: true })).toMatchObject({
      ok: true,
    });
  });

  it('G7 a message too large, or not of the protocol, closes that socket and harms no other', async () => {
    const { socket: other } = await connected('agent2');
    const { socket: large } = await connected();
    large.io.reconnection(false);
    const gone = next(large, 'disconnect');
    large.emit('command', { name: 'notes.save', input: 'x'.repeat(300_000) }, () => undefined);
    await gone;
    const { socket: broken } = await connected();
    broken.io.reconnection(false);
    const closed = next(broken, 'disconnect');
    broken.io.engine.write('9junk{{{');
    await closed;
    const { socket: reserved } = await connected();
    reserved.io.reconnection(false);
    const left = next(reserved, 'disconnect');
    reserved.io.engine.write('2["disconnect"]');
    await left;
    expect(await command(other, 'call.hold', { interactionId: 'int_1', held: true })).toMatchObject({
      ok: true,
    });
    await expect.poll(() => api.api.gateway.socketCount()).toBe(1);
  });

  it('G8 a flood is refused, then cut off; afterwards the rate is back', async () => {
    const { socket } = await connected();
    const ask = () => command(socket, 'call.hold', { interactionId: 'int_1', held: true });
    const burst = await Promise.all(Array.from({ length: 120 }, ask));
    expect(burst.filter((ack) => ack.ok)).toHaveLength(100);
    expect(burst.at(-1)).toMatchObject({ ok: false, error: { code: 'too-many' } });
    api.kernel.clock.advance(100);
    expect(await Promise.all(Array.from({ length: 6 }, ask))).toMatchObject([
      ...Array(5).fill({ ok: true }),
      { ok: false },
    ]);
    const cut = next<string>(socket, 'disconnect');
    for (let i = 0; i < 1100; i++) socket.emit('noise');
    expect(await cut).toBe('io server disconnect');
  });
});

describe('the end of a session', () => {
  it.each([
    ['signed-out', () => api.call('/api/session', { method: 'DELETE', token: token.one })],
    ['revoked', () => api.people.revoke(api.ann.id)],
    ['expired', () => api.kernel.clock.advance(13 * 3_600_000)],
  ])('G9 closes its sockets with the reason: %s', async (reason, end) => {
    const one = await connected();
    token.one = one.token;
    const said = next(one.socket, 'signed-out');
    const closed = next(one.socket, 'disconnect');
    await end();
    expect([await said, await closed]).toEqual([{ reason }, 'io server disconnect']);
    expect(api.api.gateway.connected(api.ann.id)).toBe(false);
    const failed = next<ConnectError>(one.socket, 'connect_error');
    one.socket.connect();
    expect((await failed).data?.code).toBe('session.expired');
  });
  const token = { one: '' };

  it('G9 notices a session that ends while its socket connects', async () => {
    const { token } = await api.signIn('agent1');
    const { session } = api.people;
    api.people.session = (given) => {
      const principal = session(given);
      if (principal) queueMicrotask(() => api.people.signOut(principal.sessionId));
      return principal;
    };
    const socket = api.desk({ token });
    const said = next(socket, 'signed-out');
    socket.connect();
    expect(await said).toEqual({ reason: 'expired' });
    expect(api.world.desksBuilt).toBe(0);
  });

  it('G9 leaves the sockets of the user’s other sessions alone', async () => {
    const one = await connected();
    const two = await connected();
    const closed = next(one.socket, 'disconnect');
    await api.call('/api/session', { method: 'DELETE', token: one.token });
    await closed;
    expect(await command(two.socket, 'call.hold', { interactionId: 'i', held: true })).toMatchObject({
      ok: true,
    });
  });

  it('G9 a desk in use does not idle out', async () => {
    const { socket, token } = await connected();
    for (let i = 0; i < 3; i++) {
      api.kernel.clock.advance(8 * 3_600_000);
      expect(await command(socket, 'call.hold', { interactionId: 'i', held: true })).toMatchObject({
        ok: true,
      });
    }
    expect(api.people.session(token)).toBeDefined();
  });

  it('G10 closing the server closes every socket in a way that lets desks come back', async () => {
    const { socket } = await connected();
    socket.io.reconnection(false);
    const closed = next<string>(socket, 'disconnect');
    await api.api.close();
    expect(await closed).toMatch(/transport/);
    await api.api.close();
    expect(api.api.http.listening).toBe(false);
  });
});
