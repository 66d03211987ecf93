import type { Phone } from '../phone/phone.ts';
import type { Frames } from '../phone/speech.ts';
import { type Chance, wait } from './chance.ts';

/** What became of a synthetic call; `cut off` is our own stopping. */
export type CallerEnd = 'talked' | 'gave up' | 'refused' | 'listened' | 'cut off';

export interface CallerOptions {
  readonly phone: Phone;
  readonly ani: string;
  readonly chance: Chance;
  readonly voice: Frames;
  readonly signal: AbortSignal;
  /** Resolves when an agent is on with this caller. */
  readonly talking: Promise<void>;
  /** With robot agents a caller knows when it is spoken to; a person's callers just stay a while. */
  readonly robots: boolean;
}

/** Dials a number of the demo, presses a key in the menu, waits as long as its patience lasts, talks, hangs up. */
export async function runCaller(options: CallerOptions): Promise<CallerEnd> {
  const { chance, phone, signal, voice } = options;
  const dnis = chance.odds(0.4) ? '4000' : (chance.pick(['4001', '4001', '4002', '4003', '4010']) ?? '4001');
  const call = await phone.call(dnis, { ani: options.ani });
  const over = new AbortController();
  void call.ended.then(() => over.abort());
  const either = AbortSignal.any([signal, over.signal]);
  const impatient = chance.odds(0.12);
  const patience = impatient ? chance.between(5, 20) : chance.between(60, options.robots ? 180 : 240);

  let spoken = false;
  const talking = options.talking.then(() => {
    spoken = true;
  });
  void call.answered.then((answered) => {
    if (answered) call.rtp.say(voice, Math.floor(chance.between(0, voice.length)));
  });
  if (dnis === '4000' && (await call.answered)) {
    await wait(chance.between(2, 6), either);
    if (call.state === 'up') call.rtp.press(chance.pick(['1', '2', '3']) ?? '1');
  }
  if (dnis === '4010') {
    await wait(chance.between(5, 15), either);
  } else {
    await Promise.race([talking, wait(patience, either)]);
    if (spoken) await wait(chance.between(30, 120), either);
  }
  await call.hangUp();
  const end = await call.ended;
  if (spoken) return 'talked';
  if (end.by === 'failed') return 'refused';
  if (signal.aborted) return 'cut off';
  return dnis === '4010' ? 'listened' : 'gave up';
}
