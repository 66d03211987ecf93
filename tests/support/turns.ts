import { setImmediate } from 'node:timers/promises';

/** Lets everything that is due in this process happen: promises, and answers of a database on this machine. */
export async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}
