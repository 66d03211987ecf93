/** The server's only source of time. Cores get `now` as an argument; services get a Clock. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `run` once after `ms`, unless cancelled. Does not keep the process alive, unless it must (`stay`). */
  after(ms: number, run: () => void, stay?: 'stay'): Timer;
}

export interface Timer {
  /** Safe to call twice, and after the timer ran. */
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run, stay) {
    const handle = setTimeout(run, ms);
    if (stay === undefined) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
