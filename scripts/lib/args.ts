import { parseArgs } from 'node:util';

/** A value on the command line that cannot be used; the message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `--name value` options with defaults. An unknown option or a missing value throws UsageError. */
export function readOptions<T extends Record<string, string>>(
  args: readonly string[],
  defaults: T,
): { [K in keyof T]: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(defaults).map(([name, value]) => [name, { type: 'string' as const, default: value }]),
      ),
    });
    return { ...defaults, ...values } as { [K in keyof T]: string };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A number within limits. */
export function numberOf(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max))
    throw new UsageError(`--${name} must be a number from ${min} to ${max}, not ${text}`);
  return value;
}

/** `10/m`, `2/s`, `120/h`: so many a second. */
export function rateOf(name: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\/(s|m|h)$/.exec(text);
  const rate = Number(match?.[1]) / { s: 1, m: 60, h: 3600 }[(match?.[2] ?? 's') as 's' | 'm' | 'h'];
  if (!match || !(rate > 0 && rate <= 50))
    throw new UsageError(`--${name} must look like 10/m, 2/s or 120/h (at most 50/s), not ${text}`);
  return rate;
}

/** `127.0.0.1:5060` */
export function endpointOf(name: string, text: string): { host: string; port: number } {
  const match = /^([\w.-]+):(\d{1,5})$/.exec(text);
  if (!match?.[1]) throw new UsageError(`--${name} must look like 127.0.0.1:5060, not ${text}`);
  return { host: match[1], port: numberOf(name, match[2] ?? '', 1, 65_535) };
}

/** Runs a program's main function: a UsageError (and any other failure) is one line and exit 1. */
export async function main(program: (args: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await program(process.argv.slice(2));
  } catch (error) {
    // By name: a bundled program has a class of its own.
    console.error(error instanceof Error && error.name === 'UsageError' ? error.message : error);
    process.exit(1);
  }
}
