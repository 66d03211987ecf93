/** Long enough for a machine that does much else; a test that waits for nothing ends all the same. */
const PATIENCE = 20_000;

/**
 * Waits until `check` gives something, and gives it back; asks again every few milliseconds. Rejects with `what` after
 * `ms` without it. The one place where tests let time pass: they wait for what they want to see, never for a while.
 */
export async function eventually<T>(
  check: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  what: string,
  ms = PATIENCE,
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > until) throw new Error(`did not come about within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Rejects with `what` when the promise has not settled after `ms`. */
export async function within<T>(promise: Promise<T>, what: string, ms = PATIENCE): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not come about within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
