import { describe, expect, it } from 'vitest';
import { mostly, nowHears, share, tone, toneMs } from './tones.ts';

/** 440 Hz for half a second, in the midst of which one packet never came. */
const whole = tone(440, 500);
const torn = Int16Array.from(whole).map((sample, i) => (i < 2000 ? sample : -sample));

describe('a tone in what was heard', () => {
  it('is there also where a lost packet shifted it against itself', () => {
    expect(share(torn, 440)).toBeLessThan(0.1); // why nobody may ask for it over the whole
    expect(nowHears(torn, 440)).toBe(true);
    expect(mostly(torn, 440)).toBe(true);
    expect(nowHears(torn, 460)).toBe(false);
  });

  it('is not there in silence, in another tone, or before it has lasted', () => {
    expect(nowHears(new Int16Array(8000), 440)).toBe(false);
    expect(nowHears(tone(1000, 500), 440)).toBe(false);
    expect(nowHears(tone(440, 200), 440)).toBe(false);
    expect(nowHears([...tone(440, 500), ...tone(1000, 300)], 440)).toBe(false);
    expect(nowHears([...tone(440, 500), ...tone(1000, 300)], 1000)).toBe(true);
  });

  it('is told from another that is mixed with it', () => {
    const other = tone(1900, 500);
    const both = whole.map((sample, i) => (sample + (other[i] ?? 0)) / 2);
    expect(toneMs(both, 440, 1900)).toBeGreaterThan(400);
    expect(toneMs(both, 440)).toBe(0);
    expect(toneMs(whole, 440, 1900)).toBe(0);
  });
});
