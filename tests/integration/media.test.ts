import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedMediaEngine } from '#server/telephony/media/engine.ts';
import {
  createMediaEngine,
  type LegEvents,
  type MediaEngine,
  type MediaLeg,
  repairRecordings,
  soundPath,
} from '#server/telephony/media/index.ts';
import { spawnWorker } from '#server/telephony/media/spawn.ts';
import { eventually } from '../support/eventually.ts';
import { openRtpPhone, type RtpPhone } from '../support/rtp-phone.ts';
import { loudness, nowHears, share, tone, toneMs } from '../support/tones.ts';

/** Another range for each process: several runs may share the machine. */
const base = 40_000 + (process.pid % 60) * 250;
const options = {
  host: '127.0.0.1',
  advertise: '127.0.0.1',
  rtpPorts: { min: base, max: base + 199 },
  log: { info: () => {}, warn: () => {} },
};

const SILENCE_MS = 1500;

let engine: MediaEngine;
let folder: string;
const phones: RtpPhone[] = [];
const legs: MediaLeg[] = [];
let calls = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'media-'));
  engine = createMediaEngine({ ...options, workers: 2, silenceMs: SILENCE_MS });
  await engine.start();
});

afterEach(async () => {
  for (const leg of legs.splice(0)) await leg.close();
  for (const phone of phones.splice(0)) phone.close();
  expect(await engine.counts()).toEqual({ legs: 0, calls: 0, recordings: 0, ports: 0 });
});

afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

interface Told {
  readonly on: LegEvents;
  digits: string;
  flowing: number;
  lost: string[];
  /** When silence was told first, by `performance.now()`. */
  lostAt: number | undefined;
  played: string[];
  held: boolean[];
}

function listen(): Told {
  const told: Told = {
    digits: '',
    flowing: 0,
    lost: [],
    lostAt: undefined,
    played: [],
    held: [],
    on: {
      digit: (digit) => {
        told.digits += digit;
      },
      flowing: () => {
        told.flowing++;
      },
      lost: (cause) => {
        told.lost.push(cause);
        told.lostAt ??= performance.now();
      },
      played: (id) => told.played.push(id),
      held: (on) => told.held.push(on),
    },
  };
  return told;
}

/** A phone that called in: connected, saying nothing yet. */
async function connect(callId: string, legId: string, law: 'pcmu' | 'pcma' = 'pcmu', sdp = {}) {
  const phone = await openRtpPhone(law);
  phones.push(phone);
  const told = listen();
  const leg = await engine.leg({ callId, legId, kind: 'auto', on: told.on });
  legs.push(leg);
  phone.connect(await leg.accept(phone.sdp(sdp)));
  return { phone, leg, told };
}

const newCall = () => `call-${++calls}`;
const until = (met: () => boolean, what = String(met)) => eventually(met, what);

/**
 * The engine's own clock: so many more packets of 20 ms came to this phone. All legs of a call are served in the same
 * tick, so what another leg of its call would have been sent was sent by then.
 */
async function ticks(phone: RtpPhone, count: number): Promise<void> {
  const before = phone.packets.length;
  await eventually(() => phone.packets.length >= before + count, `${count} more packets`);
}

/** The phone has said this much more. */
async function says(phone: RtpPhone, packets: number): Promise<void> {
  const before = phone.sent;
  await eventually(() => phone.sent >= before + packets, `${packets} packets said`);
}

/** Another leg of that call, which the engine sends something at every tick. */
async function witness(call: string): Promise<RtpPhone> {
  const { phone, told } = await connect(call, 'witness');
  phone.say(300);
  await until(() => told.flowing === 1 && phone.packets.length > 0, 'the witness is served');
  return phone;
}

/** These tones, and nothing else, are what the phone hears now. */
const hears =
  (phone: RtpPhone, ...hertz: number[]) =>
  () =>
    nowHears(phone.last(400), ...hertz);

describe('two legs over real sockets', () => {
  it('M5: bridges both ways, across the two laws, with one unbroken stream to each', async () => {
    const call = newCall();
    const a = await connect(call, 'a', 'pcmu');
    const b = await connect(call, 'b', 'pcma');
    engine.mix(call, { a: ['b'], b: ['a'] });
    a.phone.say(440);
    b.phone.say(1000);
    await until(hears(a.phone, 1000));
    await until(hears(b.phone, 440));
    await until(() => loudness(a.phone.last(200)) > 4500);
    expect(a.told.flowing).toBe(1);
    await ticks(b.phone, 15);
    expect(b.phone.packets.every((packet) => packet.payloadType === 8)).toBe(true);
    const { packets } = b.phone;
    expect(new Set(packets.map((packet) => packet.ssrc)).size).toBe(1);
    for (let i = 1; i < packets.length; i++) {
      expect(((packets[i]?.sequence ?? 0) - (packets[i - 1]?.sequence ?? 0)) & 0xffff).toBe(1);
    }
  });

  it('M2: takes no packet from another address, and follows a new port once only', async () => {
    const call = newCall();
    const a = await connect(call, 'a');
    const b = await connect(call, 'b');
    engine.mix(call, { b: ['a'] });
    const stranger = await openRtpPhone('pcmu', '127.0.0.2');
    phones.push(stranger);
    stranger.connect(`c=IN IP4 127.0.0.1\r\nm=audio ${portOf(await a.leg.offer())} RTP/AVP 0\r\n`);
    stranger.say(1000);
    await says(stranger, 10);
    const moved = await openRtpPhone();
    phones.push(moved);
    moved.connect(`c=IN IP4 127.0.0.1\r\nm=audio ${portOf(await a.leg.offer())} RTP/AVP 0\r\n`);
    moved.say(440);
    await until(hears(b.phone, 440));
    await until(() => moved.packets.length > 0);
    a.phone.say(1500);
    await says(a.phone, 10);
    await ticks(b.phone, 20);
    await until(hears(b.phone, 440));
    expect([1000, 1500].map((hertz) => toneMs(b.phone.heard(), hertz))).toEqual([0, 0]);
    expect([stranger.packets.length, a.told.flowing]).toEqual([0, 1]);
  });

  it('M7: whisper and barge: each listener hears those it is given, mixed', async () => {
    const call = newCall();
    const [caller, agent, supervisor] = [
      await connect(call, 'caller'),
      await connect(call, 'agent'),
      await connect(call, 'supervisor'),
    ];
    engine.mix(call, {
      caller: ['agent'],
      agent: ['caller', 'supervisor'],
      supervisor: ['caller', 'agent'],
    });
    caller.phone.say(400);
    agent.phone.say(1000);
    supervisor.phone.say(1900);
    await until(hears(caller.phone, 1000));
    await until(hears(agent.phone, 400, 1900));
    await until(hears(supervisor.phone, 400, 1000));
    expect(toneMs(caller.phone.heard(), 1900)).toBe(0);
    engine.mix(call, { caller: ['agent', 'supervisor'], agent: ['caller', 'supervisor'] });
    await until(hears(caller.phone, 1000, 1900));
    agent.leg.mute(true);
    await until(hears(caller.phone, 1900));
    engine.mix(call, {});
    await until(() => loudness(caller.phone.last(200)) === 0);
    await ticks(caller.phone, 5); // comfort packets go on
  });
});

describe('prompts, keys and the echo test', () => {
  it('M6: a prompt replaces the mix, its end is told once, then the mix is back', async () => {
    const call = newCall();
    const a = await connect(call, 'a');
    const b = await connect(call, 'b');
    engine.mix(call, { a: ['b'] });
    b.phone.say(1000);
    const file = join(folder, 'tone.ulaw');
    const samples = tone(600, 600);
    writeFileSync(join(folder, 'tone.wav'), wav(samples));
    const id = a.leg.play(join(folder, 'tone.wav'));
    await until(() => a.told.played.length > 0);
    expect(a.told.played).toEqual([id]);
    await until(() => toneMs(a.phone.heard(), 600) > 300);
    await until(hears(a.phone, 1000));
    const gone = a.leg.play(file);
    await until(() => a.told.played.length > 1);
    expect(a.told.played).toEqual([id, gone]);
  });

  it('M6: music is looped until it is stopped, to a phone that has not spoken yet', async () => {
    const call = newCall();
    const beside = await witness(call);
    const a = await connect(call, 'a');
    await ticks(beside, 10);
    expect(a.phone.packets.length, 'nothing is sent before there is something to hear').toBe(0);
    a.leg.play(soundPath('music'), { loop: true });
    await until(() => loudness(a.phone.last(400)) > 300);
    a.leg.stopPlaying();
    await ticks(beside, 5);
    a.phone.forget();
    await ticks(beside, 10);
    expect(a.phone.packets.length).toBe(0);
    expect(a.told.played).toEqual([]);
  });

  it('M4: keys are told once each, also when every end was lost; ours are heard by the phone', async () => {
    const a = await connect(newCall(), 'a');
    a.phone.press(5);
    await until(() => a.told.digits === '5');
    a.phone.say(440);
    await says(a.phone, 5);
    a.phone.press(11);
    await until(() => a.told.digits === '5#');
    await says(a.phone, 5);
    a.phone.press(0, { lostEnd: true });
    await until(() => a.told.digits === '5#0');
    a.leg.sendDigit('7');
    a.leg.sendDigit('*');
    await until(() => a.phone.packets.filter((p) => p.payloadType === 101).length >= 16);
    const events = a.phone.packets.filter((p) => p.payloadType === 101);
    expect(new Set(events.map((p) => p.timestamp)).size).toBe(2);
    expect([...new Set(events.map((p) => p.payload[0]))]).toEqual([7, 10]);
    expect(events.filter((p) => (p.payload[1] ?? 0) & 0x80).length).toBe(6);
    await ticks(a.phone, 8);
    expect(a.told.digits).toBe('5#0');
  });

  it('M4: a phone without telephone-events hears the key as its two tones', async () => {
    const a = await connect(newCall(), 'a', 'pcmu', { events: false });
    a.leg.sendDigit('1');
    await until(() => a.phone.packets.length >= 9);
    const key = a.phone.heard().subarray(0, 800);
    expect(share(key, 697)).toBeGreaterThan(0.4);
    expect(share(key, 1209)).toBeGreaterThan(0.4);
  });

  it('the echo test sends back what is said', async () => {
    const a = await connect(newCall(), 'a');
    a.leg.echo(true);
    a.phone.say(800);
    await until(hears(a.phone, 800));
  });
});

describe('SDP in a running call', () => {
  it('M3: on hold nothing is sent, and taken back the bridge goes on in the same stream', async () => {
    const call = newCall();
    const a = await connect(call, 'a');
    const b = await connect(call, 'b');
    engine.mix(call, { a: ['b'], b: ['a'] });
    a.phone.say(440);
    b.phone.say(1000);
    await until(hears(a.phone, 1000));
    expect(await a.leg.accept(a.phone.sdp({ direction: 'sendonly' }))).toContain('a=recvonly');
    await ticks(b.phone, 5);
    a.phone.forget();
    await ticks(b.phone, 10);
    expect(a.phone.packets.length).toBe(0);
    expect(await a.leg.accept(a.phone.sdp({ address: '0.0.0.0' }))).toContain('a=recvonly');
    expect(await a.leg.accept(a.phone.sdp())).toContain('a=sendrecv');
    await until(hears(a.phone, 1000));
  });

  it.each([
    ['sendonly', { direction: 'sendonly' }],
    ['inactive', { direction: 'inactive' }],
    ['an address of zero', { address: '0.0.0.0' }],
  ])('M3: RFC 3264 8.4 being held by %s is told once, and being taken back once', async (_, hold) => {
    const a = await connect(newCall(), 'a');
    expect(a.told.held).toEqual([]);
    await a.leg.accept(a.phone.sdp(hold));
    await a.leg.accept(a.phone.sdp(hold));
    await a.leg.accept(a.phone.sdp({ direction: 'inactive' })); // another word for the same
    await until(() => a.told.held.length > 0);
    await a.leg.accept(a.phone.sdp({ direction: 'recvonly' })); // says nothing, and hears us
    await a.leg.accept(a.phone.sdp());
    await until(() => a.told.held.length > 1);
    expect(a.told.held).toEqual([true, false]);
  });

  it.each([
    ['inactive', { direction: 'inactive' }],
    ['an address of zero', { address: '0.0.0.0' }],
  ])('M9: taken back after a long hold by %s, the silence of the hold does not count', async (_, hold) => {
    const a = await connect(newCall(), 'a');
    await a.leg.accept(a.phone.sdp(hold));
    const silent = await connect(newCall(), 'silent');
    await until(() => silent.told.lost.length > 0, 'the hold was longer than the limit of silence');
    const back = performance.now();
    await a.leg.accept(a.phone.sdp());
    await until(() => a.told.lost.length > 0, 'from then on silence counts');
    expect((a.told.lostAt ?? 0) - back, 'and only from then on').toBeGreaterThanOrEqual(SILENCE_MS);
  });

  it('offers of ours are answered, an unusable answer is refused and the call goes on', async () => {
    const call = newCall();
    const phone = await openRtpPhone();
    phones.push(phone);
    const told = listen();
    const leg = await engine.leg({ callId: call, legId: 'a', kind: 'rtp', on: told.on });
    legs.push(leg);
    phone.connect(await leg.offer());
    await leg.answered(phone.sdp());
    leg.echo(true);
    phone.say(440);
    await until(hears(phone, 440));
    await expect(leg.answered('v=0\r\nm=audio 0 RTP/AVP 0\r\n')).rejects.toMatchObject({
      code: 'media.failed',
    });
    await expect(leg.accept('garbage')).rejects.toMatchObject({ code: 'media.failed' });
    await ticks(phone, 20);
    await until(hears(phone, 440));
  });

  it('M9: silence is told when audio was to be expected, and not on hold', async () => {
    const held = await connect(newCall(), 'b', 'pcmu', { direction: 'sendonly' });
    const a = await connect(newCall(), 'a');
    await until(() => a.told.lost.length > 0);
    expect(a.told.lost).toEqual(['silent']);
    expect(held.told.lost).toEqual([]);
  });
});

describe('recording', () => {
  it('M8: two channels in step: the left began late, the right was muted for a while', async () => {
    const call = newCall();
    const a = await connect(call, 'a');
    const b = await connect(call, 'b');
    engine.mix(call, { a: ['b'], b: ['a'] });
    const file = join(folder, 'new', 'folder', 'call.wav');
    const began = performance.now();
    await engine.record(call, { file, left: 'a', right: 'b', onFailed: () => {} });
    expect(existsSync(`${file}.open`)).toBe(true);
    b.phone.say(1000);
    await until(hears(a.phone, 1000));
    await ticks(a.phone, 30);
    a.phone.say(440);
    b.leg.mute(true);
    await until(hears(b.phone, 440));
    await ticks(b.phone, 10);
    expect((await engine.counts()).recordings).toBe(1);
    const result = await engine.stopRecording(call);
    const lasted = performance.now() - began;
    expect(await engine.stopRecording(call)).toBeUndefined();
    const wavFile = readFileSync(file);
    expect(result).toMatchObject({ file, bytes: wavFile.length });
    expect(result?.durationMs).toBeGreaterThanOrEqual(1200); // what was heard of it meanwhile
    expect(result?.durationMs).toBeLessThanOrEqual(lasted + 20);
    expect(wavFile.readUInt32LE(40)).toBe(wavFile.length - 44);
    expect(existsSync(`${file}.open`)).toBe(false);
    const [left, right] = channels(wavFile);
    expect(loudness(left.subarray(0, 5000))).toBe(0);
    expect(toneMs(right, 1000)).toBeGreaterThan(400);
    expect(nowHears(left, 440)).toBe(true);
    expect(loudness(right.subarray(-3000))).toBe(0);
  });

  it('M8: a disk that refuses is said, and the call goes on', async () => {
    const call = newCall();
    const a = await connect(call, 'a');
    writeFileSync(join(folder, 'file'), '');
    const refused = engine.record(call, {
      file: join(folder, 'file', 'x.wav'),
      left: 'a',
      right: 'b',
      onFailed: () => {},
    });
    await expect(refused).rejects.toMatchObject({ code: 'recording.disk' });
    a.leg.echo(true);
    a.phone.say(440);
    await until(hears(a.phone, 440));
  });

  it('M8: with the last leg the recording is complete, and can be asked for afterwards', async () => {
    const call = newCall();
    const a = await connect(call, 'a');
    const file = join(folder, 'last.wav');
    await engine.record(call, { file, left: 'a', right: 'b', onFailed: () => {} });
    a.phone.say(440);
    await ticks(a.phone, 15);
    await a.leg.close();
    const result = await engine.stopRecording(call);
    expect(result?.durationMs).toBeGreaterThanOrEqual(280);
    expect(readFileSync(file).length).toBe(result?.bytes);
  });
});

describe('the engine', () => {
  it('M1: refuses a leg when the ports are used up, and lends them again after a close', async () => {
    const small = createMediaEngine({ ...options, rtpPorts: { min: base + 200, max: base + 203 } });
    await small.start();
    const open = (legId: string) => small.leg({ callId: 'c', legId, kind: 'rtp', on: listen().on });
    const first = await open('a');
    await open('b');
    await expect(open('c')).rejects.toMatchObject({ code: 'media.no-ports' });
    await first.close();
    await first.close();
    expect(await small.counts()).toMatchObject({ legs: 1, ports: 1 });
    await open('c');
    await expect(first.accept('v=0')).rejects.toMatchObject({ code: 'media.failed' });
    await small.stop();
    await expect(open('d')).rejects.toMatchObject({ code: 'media.failed' });
  });

  it('M12: a thread that dies: its legs are lost, its recording can be mended, another takes its place', async () => {
    const workers: ReturnType<typeof spawnWorker>[] = [];
    const warned: string[] = [];
    const log = { info: () => {}, warn: (_: object, message: string) => warned.push(message) };
    const mortal = new EmbeddedMediaEngine(
      { ...options, rtpPorts: { min: base + 200, max: base + 203 }, log },
      (setup) => {
        const worker = spawnWorker(setup);
        workers.push(worker);
        return worker;
      },
    );
    await mortal.start();
    const told = listen();
    const leg = await mortal.leg({ callId: 'c', legId: 'a', kind: 'rtp', on: told.on });
    const file = join(folder, 'killed', 'x.wav');
    const problems: string[] = [];
    await mortal.record('c', { file, left: 'a', right: 'b', onFailed: (problem) => problems.push(problem) });
    await workers[0]?.terminate();
    await until(() => told.lost.length > 0);
    expect(told.lost).toEqual(['closed']);
    expect(problems.length).toBe(1);
    await expect(leg.accept('v=0')).rejects.toMatchObject({ code: 'media.failed' });
    expect(await repairRecordings(join(folder, 'killed'))).toMatchObject([{ file }]);
    await until(() => workers.length === 2);
    const again = () => mortal.leg({ callId: 'c', legId: 'a', kind: 'rtp', on: listen().on });
    await eventually(() => again().catch(() => undefined), 'the new thread takes a leg');
    expect(await mortal.counts()).toMatchObject({ legs: 1, calls: 1 });
    expect(warned).toEqual(['a media thread died; another takes its place']);
    await mortal.stop();
  });

  it('M10: two engines meet over ICE-lite and DTLS-SRTP, one of them as the DTLS client', async () => {
    const other = createMediaEngine({ ...options, rtpPorts: { min: base + 200, max: base + 203 } });
    await other.start();
    const call = newCall();
    const told = listen();
    const offering = await engine.leg({ callId: call, legId: 'a', kind: 'webrtc', on: told.on });
    legs.push(offering);
    const echoing = await other.leg({ callId: 'x', legId: 'y', kind: 'auto', on: listen().on });
    await offering.answered(await echoing.accept(await offering.offer()));
    echoing.echo(true);
    const { phone } = await connect(call, 'b');
    engine.mix(call, { a: ['b'], b: ['a'] });
    phone.say(440);
    await until(hears(phone, 440));
    echoing.sendDigit('5');
    await until(() => told.digits === '5');
    await other.stop();
  });

  it('M1: refuses a second leg of the same id, and work before its start or after its stop', async () => {
    const call = newCall();
    await connect(call, 'a');
    await expect(connect(call, 'a')).rejects.toMatchObject({ code: 'media.failed' });
    const idle = createMediaEngine(options);
    const open = () => idle.leg({ callId: 'c', legId: 'a', kind: 'rtp', on: listen().on });
    await expect(open()).rejects.toMatchObject({ code: 'media.failed' });
    await idle.stop();
    await expect(open()).rejects.toMatchObject({ code: 'media.failed' });
    expect(await idle.stopRecording('c')).toBeUndefined();
  });

  it('M1: an address that is not of this machine is said at the start', async () => {
    const wrong = createMediaEngine({ ...options, host: '203.0.113.7' });
    await expect(wrong.start()).rejects.toMatchObject({ code: 'media.no-ports' });
  });
});

function portOf(sdp: string): number {
  return Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
}

function wav(samples: Int16Array): Buffer {
  const data = Buffer.from(samples.buffer);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.set([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0], 16);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

function channels(file: Buffer): [Int16Array, Int16Array] {
  const frames = (file.length - 44) / 4;
  const pick = (at: number) =>
    Int16Array.from({ length: frames }, (_, i) => file.readInt16LE(44 + i * 4 + at));
  return [pick(0), pick(2)];
}
