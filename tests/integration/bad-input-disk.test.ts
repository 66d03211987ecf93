import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { tone } from '../../scripts/phone/speech.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { nowHears } from '../support/tones.ts';

describe('a disk that refuses', () => {
  let centre: RunningApp;
  afterEach(() => centre.stop());

  it('recordings: the call goes on, the desk says that recording failed, and so does history', async () => {
    centre = await startApp();
    const agent = await centre.agent();
    const folder = join(centre.dataDir, 'recordings');
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file where the folder was');

    const caller = await centre.dial();
    const call = await agent.answer();
    const work = await agent.work(({ recording }) => recording === 'failed', 'recording failed');
    caller.rtp.say(tone(440));
    await eventually(() => nowHears(call.rtp.heard, 440), 'the agent hears the caller');
    await caller.hangUp();
    await call.ended;
    const ended = await centre.lastEnded();
    expect(ended).toMatchObject({ id: work.interactionId, end: 'caller-hung-up', hasRecording: false });
    const { timeline } = await centre.interaction(work.interactionId);
    expect(timeline.find(({ type }) => type === 'recording.failed')?.text).toMatch(/recording/i);
    const response = await fetch(`${centre.url}/api/interactions/${work.interactionId}/recording`, {
      headers: { authorization: `Bearer ${agent.token}` },
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      404,
      'recording.none',
    ]);

    // And when the disk is well again, so are the recordings.
    rmSync(folder);
    await agent.finish();
    const next = await centre.dial();
    await agent.answer();
    await agent.work(({ recording }) => recording === 'on', 'recorded again');
    await eventually(() => next.rtp.packets > 50, 'a second of talk');
    await next.hangUp();
    await centre.quiet();
    expect(await centre.lastEnded()).toMatchObject({ hasRecording: true });
  });
});
