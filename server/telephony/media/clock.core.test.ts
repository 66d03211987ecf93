import { describe, expect, it } from 'vitest';
import { Ticker } from './clock.core.ts';

/** A clock that is moved by hand; timers run late by `late` milliseconds. */
function fakeTime(late = 0) {
  let now = 1000.25;
  let timer: { due: number; run: () => void } | undefined;
  return {
    time: {
      now: () => now,
      after: (ms: number, run: () => void) => {
        const mine = { due: now + ms + late, run };
        timer = mine;
        return () => {
          if (timer === mine) timer = undefined;
        };
      },
    },
    /** Runs timers up to `ms` from now. */
    pass: (ms: number) => {
      const until = now + ms;
      while (timer !== undefined && timer.due <= until) {
        now = timer.due;
        const { run } = timer;
        timer = undefined;
        run();
      }
      now = until;
    },
    /** The event loop is busy: time goes by, no timer runs. */
    stall: (ms: number) => {
      now += ms;
      if (timer !== undefined) timer.due = Math.max(timer.due, now);
    },
    idle: () => timer === undefined,
  };
}

describe('the clock', () => {
  it('M5: does not drift, however late each timer is: ten minutes have 30,000 ticks', () => {
    const { time, pass } = fakeTime(3.7);
    const ticks: number[] = [];
    new Ticker(time, (index) => ticks.push(index)).start();
    pass(600_000);
    expect(ticks.length).toBeGreaterThanOrEqual(29_999);
    expect(ticks.at(-1)).toBe(ticks.length);
  });

  it('M5: catches up after a short stall, one tick for each missed', () => {
    const { time, pass, stall } = fakeTime();
    const ticks: number[] = [];
    new Ticker(time, (index) => ticks.push(index)).start();
    pass(40);
    stall(70);
    pass(0);
    expect(ticks).toEqual([1, 2, 3, 4, 5]);
  });

  it('M5: skips what a long stall missed but for five ticks, and numbers stay with the time', () => {
    const { time, pass, stall } = fakeTime();
    const ticks: number[] = [];
    new Ticker(time, (index) => ticks.push(index)).start();
    pass(20);
    stall(1000);
    pass(0);
    expect(ticks).toEqual([1, 47, 48, 49, 50, 51]);
  });

  it('M11: has no timer while stopped, and its numbers go on with the time', () => {
    const { time, pass, idle } = fakeTime();
    const ticks: number[] = [];
    const ticker = new Ticker(time, (index) => {
      ticks.push(index);
      if (index === 2) ticker.stop();
    });
    expect(idle()).toBe(true);
    ticker.start();
    ticker.start();
    pass(100);
    expect(ticks).toEqual([1, 2]);
    expect(idle()).toBe(true);
    pass(900);
    ticker.start();
    pass(20);
    expect(ticks).toEqual([1, 2, 51]);
  });
});
