import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../scripts/phone/call.ts';
import { tone } from '../../scripts/phone/speech.ts';
import type { TestAgent } from '../support/agent.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { loudness, nowHears, toneMs } from '../support/tones.ts';

const AGENT = 1000;
const CALLER = 440;

describe('K8 the hold key of the agent’s own phone (RFC 3264 8.4)', () => {
  let centre: RunningApp;
  let agent: TestAgent;
  let caller: Call;
  let phone: Call;
  let interactionId: string;

  beforeAll(async () => {
    centre = await startApp({ agents: 1 });
    agent = await centre.agent();
  });
  beforeEach(async () => {
    caller = await centre.dial();
    phone = await agent.answer();
    ({ interactionId } = await agent.work(({ phase }) => phase === 'talking', 'talking'));
    caller.rtp.say(tone(CALLER));
    phone.rtp.say(tone(AGENT));
    await talks();
  });
  afterEach(async () => {
    await caller.hangUp();
    await agent.finish();
    await centre.quiet();
  });
  afterAll(() => centre.stop());

  const talks = async () => {
    await eventually(() => nowHears(caller.rtp.heard, AGENT), 'the caller hears the agent');
    await eventually(() => nowHears(phone.rtp.heard, CALLER), 'the agent hears the caller');
  };
  /** Half a second of something that is not the agent's tone. */
  const music = () =>
    eventually(() => {
      const last = caller.rtp.heard.slice(-4000);
      return loudness(last) > 100 && toneMs(last, AGENT) === 0;
    }, 'the caller hears music');
  const phase = (wanted: 'held' | 'talking') => agent.work((work) => work.phase === wanted, wanted);
  const holds = async () => {
    const { timeline } = await centre.interaction(interactionId);
    return timeline.map(({ type }) => type).filter((type) => /^call\.(held|retrieved)$/.test(type));
  };

  it('gives the caller the music of the queue and shows the hold on the desk, until it is pressed again', async () => {
    expect(await phone.hold(true)).toBe(200);
    await phase('held');
    await music();
    expect(await phone.hold(true)).toBe(200); // a refresh of the session says it again
    expect(await phone.hold(false)).toBe(200);
    await phase('talking');
    await talks();
    expect(await holds()).toEqual(['call.held', 'call.retrieved']);
  });

  it('and the desk’s hold together: on hold until neither holds, in whatever order they let go', async () => {
    const desk = (held: boolean) => agent.client.command('call.hold', { interactionId, held });
    await desk(true);
    await phase('held');
    expect(await phone.hold(true)).toBe(200);
    await expect(desk(false)).rejects.toMatchObject({ code: 'call.illegal' });
    await music();
    expect(await phone.hold(false)).toBe(200);
    await phase('talking');
    await talks();

    expect(await phone.hold(true)).toBe(200);
    await phase('held');
    await desk(true);
    expect(await phone.hold(false)).toBe(200);
    await music();
    expect(agent.desk.work?.phase).toBe('held');
    await desk(false);
    await phase('talking');
    await talks();
    expect(await holds()).toEqual(['call.held', 'call.retrieved', 'call.held', 'call.retrieved']);
  });

  it('a caller who hangs up while held leaves nothing behind', async () => {
    expect(await phone.hold(true)).toBe(200);
    await phase('held');
    await caller.hangUp();
    expect(await phone.ended).toEqual({ by: 'them' });
    expect(await centre.lastEnded()).toMatchObject({ id: interactionId, end: 'caller-hung-up' });
  });
});
