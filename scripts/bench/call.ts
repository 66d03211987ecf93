import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../../tests/support/server-process.ts';
import { numberOf, readOptions, UsageError } from '../lib/args.ts';
import { build } from '../lib/build.ts';
import { root } from '../lib/run.ts';
import { nodeOptions } from '../lib/server.ts';
import { haveSipp, startSipp } from '../tools/sipp.ts';
import { DeskClient } from '../traffic/desk.ts';
import { delays, percentile, readLog, table } from './figures.ts';
import { cpuSeconds, machine, onCore, residentMb } from './process.ts';

/** Where the agents' phones of SEED=bench:N are. */
const PHONES = 7000;
const QUEUE_NUMBER = '4900';
/** Node compiles what is hot on the way: the first thousand calls cost half as much again. */
const WARM_SECONDS = 10;
/** Desks that are connected and timed. */
const DESKS = 20;
const PASSWORD = 'bench-password';
/** Numbers of the customers of SEED=bench:N, called from in turn: every call finds its customer and history. */
const CALLERS = Array.from({ length: 500 }, (_, i) => `+1415200${String(i).padStart(4, '0')}`);

interface Step {
  readonly agents: number;
  readonly rate: number;
  readonly talkMs: number;
  readonly calls: number;
  readonly failed: number;
  readonly cpuMsPerCall: number;
  /** Share of one core in use while calls came, idle share included. */
  readonly cpuShare: number;
  readonly setupMs: { readonly p50: number; readonly p99: number };
  readonly popMs: { readonly p50: number; readonly p99: number; readonly samples: number };
  readonly residentMb: number;
}

/**
 * Queue calls without media on a server of its own: every call is answered by one of N agents whose phones answer at
 * once, and is hung up by its caller. The server has core 0 to itself, the callers and phones core 1.
 */
export async function benchCall(args: readonly string[]): Promise<void> {
  const options = readOptions(args, { agents: '50,500', rates: '50,100,200', seconds: '20', profile: '' });
  const agentCounts = options.agents.split(',').map((text) => numberOf('agents', text, 1, 5000));
  const rates = options.rates.split(',').map((text) => numberOf('rates', text, 1, 2000));
  const seconds = numberOf('seconds', options.seconds, 1, 600);
  if (!(await haveSipp())) throw new UsageError('SIPp is needed: install sip-tester, or set SIPP_PATH');
  await build(false, ['server']);

  const steps: Step[] = [];
  for (const agents of agentCounts)
    steps.push(...(await benchAgents(agents, rates, seconds, options.profile)));

  const here = machine();
  console.log(`\n${here.cpu}, ${here.cores} cores, ${here.memoryGb} GB, Node ${here.node}, ${here.kernel}`);
  console.log(`Queue calls without media, server on ${onCore(0).length > 0 ? 'one core' : 'any core'}:\n`);
  console.log(
    table(
      [
        'agents',
        'calls/s',
        'talk s',
        'calls',
        'failed',
        'CPU ms/call',
        'core',
        'setup p50',
        'p99',
        'pop p50',
        'p99',
        'RSS MB',
      ],
      steps.map((step) => [
        String(step.agents),
        String(step.rate),
        (step.talkMs / 1000).toFixed(2),
        String(step.calls),
        `${((100 * step.failed) / Math.max(1, step.calls)).toFixed(2)}%`,
        step.cpuMsPerCall.toFixed(2),
        `${(100 * step.cpuShare).toFixed(0)}%`,
        `${step.setupMs.p50.toFixed(1)}`,
        `${step.setupMs.p99.toFixed(1)}`,
        `${step.popMs.p50.toFixed(1)}`,
        `${step.popMs.p99.toFixed(1)}`,
        step.residentMb.toFixed(0),
      ]),
    ),
  );
  console.log(
    '\nsetup: INVITE to 200 at the caller. pop: INVITE to the offer with its screen-pop at the desk.',
  );
  const folder = join(root, 'dist/bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'call.json'),
    `${JSON.stringify({ at: new Date().toISOString(), machine: here, seconds, steps }, undefined, 2)}\n`,
  );
  if (steps.some((step) => step.calls === 0)) throw new UsageError('a step completed no call at all');
}

/** With a `profile` folder the server writes a CPU profile of each of its threads into it; the figures then include its cost. */
async function benchAgents(
  agents: number,
  rates: readonly number[],
  seconds: number,
  profile: string,
): Promise<Step[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-bench-'));
  const server = await ServerProcess.start({
    env: { SEED: `bench:${agents}`, BENCH_PASSWORD: PASSWORD, RTP_PORTS: '20000-29999', MAX_CALLS: '5000' },
    before: onCore(0),
    nodeArgs: [
      ...nodeOptions(onCore(0).length > 0 ? 1 : undefined),
      ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`] : []),
    ],
    readyMs: 60_000,
  });
  const phonesFolder = join(folder, 'phones');
  mkdirSync(phonesFolder);
  const phones = startSipp({
    scenario: join(root, 'scripts/bench/uas.xml'),
    folder: phonesFolder,
    port: PHONES,
    before: onCore(1),
    args: ['-aa', '-deadcall_wait', '0'],
  });
  let phonesGone = false;
  void phones.exited.then(() => {
    phonesGone = true;
  });
  const desks: DeskClient[] = [];
  let sightings: { number: string; at: number }[] = [];
  try {
    for (let i = 1; i <= Math.min(DESKS, agents); i++) {
      const desk = await DeskClient.signIn(server.url, `agent${i}`, PASSWORD);
      desks.push(desk);
      let shown = '';
      await desk.connect(({ offer }) => {
        if (!offer || offer.offerId === shown) return;
        shown = offer.offerId;
        sightings.push({ number: offer.number, at: performance.timeOrigin + performance.now() });
        desk.command('offer.shown', { offerId: offer.offerId }).catch(() => undefined); // gone already: fine
      });
    }
    await sleep(500);
    if (phonesGone) throw new UsageError(`SIPp could not open UDP port ${PHONES} for the agents' phones`);

    const numbers = join(folder, 'numbers.csv');
    writeFileSync(numbers, `SEQUENTIAL\n${CALLERS.join('\n')}\n`);
    const calls = async (name: string, rate: number, count: number, talkMs: number) => {
      const stepFolder = join(folder, name);
      mkdirSync(stepFolder);
      const sipp = startSipp({
        scenario: join(root, 'scripts/bench/uac.xml'),
        folder: stepFolder,
        remote: `127.0.0.1:${server.sipPort}`,
        port: 0,
        before: onCore(1),
        args: [
          ...[
            '-s',
            QUEUE_NUMBER,
            '-r',
            String(rate),
            '-m',
            String(count),
            '-l',
            '20000',
            '-d',
            String(talkMs),
          ],
          ...['-inf', numbers, '-trace_logs', '-log_file', 'sent.log'],
          ...[
            '-timeout',
            `${Math.ceil(count / rate) + 30}s`,
            '-recv_timeout',
            '20000',
            '-deadcall_wait',
            '0',
          ],
        ],
      });
      await sipp.exited;
      const stats = sipp.stats();
      const log = readLog(readFileSync(join(stepFolder, 'sent.log'), 'utf8'));
      return {
        completed: stats['SuccessfulCall(C)'] ?? 0,
        failed: stats['FailedCall(C)'] ?? 0,
        setup: log.flatMap((call) => (call.up === undefined ? [] : [call.up - call.sent])),
        log,
      };
    };

    const talkFor = (rate: number): number => Math.round(Math.min(1000, (500 * agents) / rate));
    console.log(`${agents} agents: warming up.`);
    const warm = Math.min(100, rates[0] ?? 100);
    await calls('warm', warm, warm * WARM_SECONDS, talkFor(warm));
    await sleep(1000);
    const idleFrom = await cpuSeconds(server.pid, server.url);
    await sleep(3000);
    const idle = ((await cpuSeconds(server.pid, server.url)) - idleFrom) / 3;

    const steps: Step[] = [];
    for (const rate of rates) {
      sightings = [];
      const talkMs = talkFor(rate);
      const began = performance.now();
      const before = await cpuSeconds(server.pid, server.url);
      const result = await calls(`rate-${rate}`, rate, Math.round(rate * seconds), talkMs);
      await sleep(300); // the journal's last commit belongs to these calls
      const used = (await cpuSeconds(server.pid, server.url)) - before;
      const took = (performance.now() - began) / 1000;
      const pops = delays(result.log, sightings);
      const step: Step = {
        agents,
        rate,
        talkMs,
        calls: result.completed + result.failed,
        failed: result.failed,
        cpuMsPerCall: (1000 * (used - idle * took)) / Math.max(1, result.completed),
        cpuShare: used / took,
        setupMs: { p50: percentile(result.setup, 0.5), p99: percentile(result.setup, 0.99) },
        popMs: { p50: percentile(pops, 0.5), p99: percentile(pops, 0.99), samples: pops.length },
        residentMb: residentMb(server.pid),
      };
      steps.push(step);
      console.log(
        `${agents} agents, ${rate} calls/s: ${step.cpuMsPerCall.toFixed(2)} ms a call, ${result.failed} of ${step.calls} failed, ${pops.length} pops timed.`,
      );
      await sleep(1000);
    }
    return steps;
  } finally {
    await Promise.all(desks.map((desk) => desk.close()));
    phones.kill();
    await phones.exited;
    if (profile) await server.stop(); // a profile is written at an orderly end only
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
