import { afterEach, describe, expect, it } from 'vitest';
import type { Call } from '../../scripts/phone/call.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { speech, tone } from '../../scripts/phone/speech.ts';
import { eventually } from '../support/eventually.ts';

/** Two phones that take each other for the server: what one says in SIP and RTP the other must understand. */
describe('the phone of the synthetic callers', () => {
  const open: Phone[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((phone) => phone.close()));
  });

  async function pair(onCall: (call: Call) => void): Promise<{ caller: Phone; callee: Phone }> {
    const callee = await Phone.open({
      server: { host: '127.0.0.1', port: 45_061 },
      user: 'callee',
      port: 45_062,
      onCall,
    });
    const caller = await Phone.open({
      server: { host: '127.0.0.1', port: 45_062 },
      user: 'caller',
      port: 45_061,
    });
    open.push(caller, callee);
    return { caller, callee };
  }

  it('calls, rings, answers, is heard, sends keys, holds, hangs up', async () => {
    let received: Call | undefined;
    const { caller, callee } = await pair((call) => {
      received = call;
      call.ring();
      call.answer();
    });
    const call = await caller.call('callee', { ani: '+14155550123' });
    expect(await call.answered).toBe(true);
    expect(received?.number).toBe('+14155550123');
    call.rtp.say(tone(440));
    received?.rtp.say(tone(1000));
    await eventually(
      () => (received?.rtp.level() ?? 0) > 3000 && call.rtp.level() > 3000,
      'each hears the other',
    );
    call.rtp.press('4');
    call.rtp.press('#');
    await eventually(() => received?.rtp.digits === '4#', 'both keys, each once');
    expect(await call.hold(true)).toBe(200);
    expect(received?.rtp.sending).toBe(false);
    expect(await call.hold(false)).toBe(200);
    expect(received?.rtp.sending).toBe(true);
    await received?.hangUp();
    expect(await call.ended).toEqual({ by: 'them' });
    expect([caller.live.length, callee.live.length]).toEqual([0, 0]);
  });

  it('is refused when the other is busy', async () => {
    const { caller } = await pair((call) => call.reject());
    const call = await caller.call('callee');
    expect(await call.answered).toBe(false);
    expect(await call.ended).toEqual({ by: 'failed', code: 486 });
  });

  it('gives up while ringing, and both know', async () => {
    let received: Call | undefined;
    const { caller } = await pair((call) => {
      received = call;
      call.ring();
    });
    const call = await caller.call('callee');
    await eventually(() => call.state === 'ringing', 'it rings');
    await call.hangUp();
    expect(await call.ended).toEqual({ by: 'us', code: 487 });
    expect(await received?.ended).toEqual({ by: 'them', code: 487 });
    expect(received?.answer()).toBe(false);
  });

  it('a call given up at the very moment it is answered ends on both sides', async () => {
    let received: Call | undefined;
    const { caller } = await pair((call) => {
      received = call;
      call.answer();
    });
    const call = await caller.call('callee');
    void call.hangUp();
    await call.ended;
    await eventually(() => received?.state === 'ended', 'it ended there too');
  });

  it('speech has syllables: loud and quiet parts, never full scale', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const frames = speech(4, random);
    expect(frames).toHaveLength(200);
    const silent = frames.filter((frame) =>
      frame.every((byte) => byte >= 0xf0 || (byte & 0x7f) >= 0x70),
    ).length;
    expect(silent).toBeGreaterThan(5);
    expect(silent).toBeLessThan(150);
  });
});
