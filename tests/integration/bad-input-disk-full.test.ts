import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { recordingPath } from '#shared/contract/interactions.ts';
import { build } from '../../scripts/lib/build.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { tone } from '../../scripts/phone/speech.ts';
import { TestAgent } from '../support/agent.ts';
import { ADMIN, signInAdmin, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { ServerProcess, type ServerProcessOptions } from '../support/server-process.ts';
import { mostly, nowHears } from '../support/tones.ts';
import { readWav } from '../support/wav.ts';

/** Room for three seconds of two channels and a bit: 24 pages of 4096 bytes. */
const ROOM = 98_304;
const PAYLOAD = ROOM - 44;

/** Mounts a tmpfs of that size over the folder in `$1`, in a mount namespace of its own, then runs the rest. */
const ON_SMALL_DISK = [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  `mount -t tmpfs -o size=${ROOM} tmpfs "$1" && shift && exec "$@"`,
  'sh',
];

/** Can this user mount one? Not without user namespaces, as in some containers. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-mount-'));
  const [command = '', ...args] = [...ON_SMALL_DISK, folder, 'true'];
  const { status } = spawnSync(command, args, { stdio: 'ignore' });
  rmSync(folder, { recursive: true });
  return status === 0;
}

/** How the disk fills up. The second always runs; the first needs a machine that lets it. */
const ways: [string, (recordings: string) => ServerProcessOptions][] = [
  ['a real disk of 96 KiB', (recordings) => ({ before: [...ON_SMALL_DISK, recordings] })],
  [
    'an ENOSPC put in its place',
    () => ({
      env: {
        NODE_OPTIONS: `--import ${new URL('../support/full-disk.mjs', import.meta.url).href}`,
        RECORDING_ROOM: String(ROOM),
      },
    }),
  ],
];
const possible = canMount() ? ways : ways.slice(1);

describe('a disk that fills up in the middle of a recording', () => {
  let server: ServerProcess;
  let dataDir: string;
  const open: { close(): Promise<unknown> }[] = [];

  beforeAll(() => build(false, ['server']), 60_000);
  afterEach(async () => {
    await Promise.allSettled(open.splice(0).map((one) => one.close()));
    await server?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each(possible)('M8: the call goes on, what was written can be played (%s)', async (_, options) => {
    dataDir = mkdtempSync(join(tmpdir(), 'cordboard-disk-'));
    await (await startApp({ dataDir, agents: 1 })).stop(); // a small centre
    const recordings = join(dataDir, 'recordings');
    mkdirSync(recordings, { recursive: true });
    const { env, ...rest } = options(recordings);
    server = await ServerProcess.start({
      ...rest,
      env: { ...env, DATA_DIR: dataDir, CORDBOARD_ADMIN_PASSWORD: ADMIN.password },
      args: ['--production'],
    });
    const place = { url: server.url, sip: { host: '127.0.0.1', port: server.sipPort } };
    const agent = await TestAgent.start(place, 'agent1');
    open.push(agent);
    const phone = await Phone.open({ server: place.sip, user: '+14155550101' });
    open.push(phone);

    const caller = await phone.call('4001');
    const answered = await agent.answer();
    caller.rtp.say(tone(440));
    answered.rtp.say(tone(1000));
    const { interactionId } = await agent.work(({ recording }) => recording === 'on', 'recorded');
    await agent.until(({ work }) => work?.recording === 'failed', 'the recording failed');

    caller.rtp.say(tone(600));
    answered.rtp.say(tone(800));
    await eventually(() => nowHears(answered.rtp.heard, 600), 'the agent hears the caller');
    await eventually(() => nowHears(caller.rtp.heard, 800), 'the caller hears the agent');
    expect(agent.desk.work).toMatchObject({ phase: 'talking', recording: 'failed', audioLost: false });
    await caller.hangUp();
    await answered.ended;
    await agent.finish();

    const admin = await signInAdmin(server.url);
    const detail = await eventually(async () => {
      const found = await admin.request(endpoints.getInteraction, { params: { id: interactionId } });
      return found.hasRecording && found;
    }, 'history has the recording');
    const told = detail.timeline.filter(({ type }) => type.startsWith('recording.'));
    expect(told.map(({ type }) => type)).toEqual([
      'recording.started',
      'recording.failed',
      'recording.ended',
    ]);
    const response = await fetch(server.url + recordingPath(interactionId), {
      headers: { authorization: `Bearer ${agent.token}` },
    });
    expect(response.status).toBe(200);
    const { channels, ms } = readWav(Buffer.from(await response.arrayBuffer()));
    expect(ms).toBe(PAYLOAD / 32);
    const [left = [], right = []] = channels.map((samples) => samples.slice(-8000));
    expect([mostly(left, 440), mostly(right, 1000)]).toEqual([true, true]);

    expect(await server.stop()).toEqual({ code: 0, signal: null });
    const again = await startApp({ dataDir });
    const facts = await again.app.kernel.journal.since(0);
    await again.stop();
    expect(facts.flatMap((fact) => (fact.type === 'recording.failed' ? [fact.problem] : []))).toEqual([
      'The recording cannot be written: the disk is full.',
    ]);
  });
});
