import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSipp } from '../../scripts/tools/sipp.ts';

export interface SippOptions {
  /** `127.0.0.1:5060`: whom to call; none for a scenario that waits to be called. */
  readonly remote?: string;
  /** SIPp's own SIP port; 0 or absent: any. */
  readonly port?: number;
  /** User part that is called. */
  readonly service?: string;
  /** Calls to make or take; default 1. */
  readonly calls?: number;
  /** Calls a second; default 10. */
  readonly rate?: number;
  /** Values for `[name]` in the scenario. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly account?: { readonly username: string; readonly password: string };
  readonly timeoutMs?: number;
  readonly extra?: readonly string[];
}

export interface SippResult {
  /** 0: every call went as the scenario says. 1: at least one failed. 97: the time limit. Else SIPp's own trouble. */
  readonly exitCode: number;
  readonly succeeded: number;
  readonly failed: number;
  /** What SIPp did not expect, message by message; and why it would not start, if it did not. */
  readonly errors: string;
}

/** Runs a scenario (a file, or its XML text) to its end. */
export async function runSipp(scenario: string, options: SippOptions = {}): Promise<SippResult> {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-sipp-'));
  try {
    const file = scenario.trimStart().startsWith('<') ? join(folder, 'scenario.xml') : scenario;
    if (file !== scenario) writeFileSync(file, scenario);
    const timeoutMs = options.timeoutMs ?? 30_000;
    const sipp = startSipp({
      scenario: file,
      folder,
      ...(options.remote ? { remote: options.remote } : {}),
      port: options.port ?? 0,
      args: [
        ...['-m', String(options.calls ?? 1), '-r', String(options.rate ?? 10)],
        ...(options.service ? ['-s', options.service] : []),
        ...(options.account ? ['-au', options.account.username, '-ap', options.account.password] : []),
        ...Object.entries(options.keys ?? {}).flatMap(([name, value]) => ['-key', name, value]),
        ...['-timeout', `${Math.ceil(timeoutMs / 1000)}s`, '-timeout_error', '-trace_err'],
        ...(options.extra ?? []),
      ],
    });
    const limit = setTimeout(() => sipp.kill(), timeoutMs + 3000);
    const exitCode = await sipp.exited;
    clearTimeout(limit);
    const stats = sipp.stats();
    const log = readdirSync(folder).find((name) => name.endsWith('_errors.log'));
    return {
      exitCode,
      succeeded: stats['SuccessfulCall(C)'] ?? 0,
      failed: stats['FailedCall(C)'] ?? 0,
      errors: `${log ? readFileSync(join(folder, log), 'utf8') : ''}${exitCode === 0 ? '' : sipp.complaint()}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
