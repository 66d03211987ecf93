import { setMaxListeners } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { seeded } from '#shared/model/random.ts';
import { percentile } from '../../scripts/bench/figures.ts';
import { build } from '../../scripts/lib/build.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { type Chance, chance as diceOf, wait } from '../../scripts/traffic/chance.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import { createPostgres, dialects } from '../kits/databases/index.ts';
import { TestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { figures, full, seed, timeFor } from '../support/proof.ts';
import { ServerProcess } from '../support/server-process.ts';
import {
  call,
  gaps,
  Ledger,
  missingWords,
  PARKED,
  type Query,
  Worker,
  waitingCallbacks,
} from './database-people.ts';

/** On each database. A sample; `npm run proof -- kill` makes a hundred. */
const KILLS = full ? 100 : 5;
const AGENTS = 6;
/** More than there are agents: somebody always waits. */
const CALLERS = 9;
/** No page of a work list is longer. */
const MOST_PARKED = 180;
/** In full the machine is quiet; a sample runs beside others. */
const BACK_MS = full ? 3_000 : 15_000;
const AT_WORK_MS = 30_000;

/** What is wrong in it, in words. */
const nothingWrong: readonly string[] = [];

describe.each(dialects)('a server killed at random under traffic, on %s', (dialect) => {
  let server: ServerProcess;
  let databaseUrl: string | undefined;
  let phone: Phone;
  let supervisor: DeskClient;
  const dice: Chance = diceOf(seeded(seed));
  const ledger = new Ledger();
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const workers: Worker[] = [];
  let calling: Promise<void>[] = [];
  let count = 0;

  // What was found, kill by kill.
  const back: { ms: number; cpuMs: number }[] = [];
  const damage: string[] = [];
  const lostWords: string[] = [];
  const lostCallbacks: string[] = [];
  const leftOpen: string[] = [];
  const stuck: string[] = [];
  let contacts = 0;
  /** The newest fact of the server that was killed last. */
  let died = 0;
  /** What stays wrong is said when it is found first. */
  const say = (list: string[], when: string, words: readonly string[]): void => {
    for (const one of words) if (!list.some((said) => said.endsWith(one))) list.push(`${when}: ${one}`);
  };

  beforeAll(async () => {
    await build(false, ['server']);
    databaseUrl = dialect === 'postgres' ? await createPostgres() : undefined;
    server = await ServerProcess.start({
      env: { LOG_LEVEL: 'error', ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
      readyMs: 60_000,
    });
    await arrange();
    for (let i = 0; i < KILLS; i++) await once(i);
    over.abort();
    await Promise.all([...calling, ...workers.map(({ running }) => running)]);
  }, timeFor(300_000));

  afterAll(async () => {
    over.abort();
    await Promise.allSettled(workers.map(({ agent }) => agent.close()));
    await phone?.close();
    await server?.dispose();
  }, 60_000);

  /** Six agents who take support calls and must set a disposition; nobody for the other queue. */
  async function arrange(): Promise<void> {
    const admin = await DeskClient.signIn(server.url, 'admin1', 'demo');
    const { queues } = await admin.request(endpoints.routing);
    for (const { id, ...queue } of queues.filter((one) => one.id === 'support' || one.id === PARKED.queue))
      await admin.request(endpoints.setQueue, {
        params: { id },
        body: { ...queue, ringMs: 0, wrapUp: { mode: 'mandatory-timed', ms: 60_000, extendMs: 0 } },
      });
    supervisor = await DeskClient.signIn(server.url, 'super1', 'demo');
    phone = await Phone.open({
      server: { host: '127.0.0.1', port: server.sipPort },
      user: '+12025550000',
      onCall: (back) => {
        back.ring();
        back.answer();
        setTimeout(() => void back.hangUp(), 1_000);
      },
    });
    const place = { url: server.url, sip: { host: '127.0.0.1', port: server.sipPort } };
    for (let i = 1; i <= AGENTS; i++) {
      const body = { profileId: 'support', skills: { technical: 5 }, rank: i };
      await admin.request(endpoints.setAgentRouting, { params: { id: `agent${i}` }, body });
      const agent = await TestAgent.start(place, `agent${i}`);
      workers.push(new Worker(agent, ledger, dice, over.signal));
    }
    await admin.close();
    calling = Array.from({ length: CALLERS }, callOnAndOn);
  }

  async function callOnAndOn(): Promise<void> {
    while (!over.signal.aborted) {
      const ani = `+1202${String(5_550_001 + count++).padStart(7, '0')}`;
      const mayPark = ledger.promised.size < MOST_PARKED;
      await call(phone, ani, ledger, dice, mayPark, over.signal);
      await wait(dice.between(0.05, 0.3), over.signal);
    }
  }

  /** Traffic, a kill, the dead data looked at, a start, and everybody back at work; now and then killed sooner. */
  async function once(i: number): Promise<void> {
    if (!dice.odds(0.15)) await atWork(`before kill ${i + 1}`);
    await wait(dice.between(0.02, 2), over.signal);
    for (const worker of workers) worker.killed();
    ledger.serverDies();
    await server.kill();
    if (dice.odds(0.1)) await killedInTheStart();
    await inspect(`kill ${i + 1}`);
    back.push(await server.backAgain());
    await inspectWaiting(`kill ${i + 1}`);
    if (i === KILLS - 1) await atWork('after the last kill');
  }

  async function killedInTheStart(): Promise<void> {
    const starting = server.restart().catch(() => undefined);
    await wait(dice.between(0.05, 1.5), over.signal);
    await server.kill();
    await starting;
  }

  async function atWork(when: string): Promise<void> {
    await eventually(() => workers.every(({ works }) => works), when, AT_WORK_MS).catch(() => {
      for (const { agent, works, failure } of workers)
        if (!works)
          stuck.push(
            `${when}: ${agent.username} takes no call: ${JSON.stringify({ ...agent.desk, user: 0, queues: 0 })} ${failure ?? ''}`,
          );
    });
  }

  /** The data as the kill left it. */
  async function inspect(when: string): Promise<void> {
    await asking(
      async ({ query }) => {
        say(damage, when, await gaps(query));
        say(lostWords, when, await missingWords(ledger, query));
        say(lostCallbacks, when, await missingCallbacks(query));
        const [counts] = await query<{ n: number; last: number }>(
          'SELECT count(*) AS n, (SELECT seq FROM head) AS last FROM interaction WHERE n > 0',
        );
        contacts = Number(counts?.n);
        died = Number(counts?.last);
      },
      (words) => damage.push(`${when}: ${words}`),
    );
  }

  /** Callbacks that are neither open nor over, and promises that nobody remembers. */
  async function missingCallbacks(query: Query): Promise<string[]> {
    const gone = await query<{ id: string }>(
      `SELECT i.id FROM interaction i LEFT JOIN open_item o ON o.interaction_id = i.id
        WHERE i.n > 0 AND i.channel = 'callback' AND o.item_id IS NULL
          AND (i.ended_at IS NULL OR (i."end" = 'server-restart' AND i.answered_at IS NULL))`,
    );
    const waiting = await query<{ ani: string }>(
      `SELECT w.ani FROM open_item o JOIN interaction_words w ON w.interaction_id = o.interaction_id
        WHERE o.queue_id = '${PARKED.queue}' AND o.channel = 'callback'`,
    );
    const known = new Set(waiting.map(({ ani }) => ani));
    const forgotten = [...ledger.promised].filter((ani) => !known.has(ani));
    return [
      ...gone.map(({ id }) => `callback ${id} is lost`),
      ...forgotten.map((ani) => `${ani} is forgotten`),
    ];
  }

  /** The data as the next server has it. */
  async function inspectWaiting(when: string): Promise<void> {
    const { items } = await waitingCallbacks(supervisor);
    const numbers = new Set(
      items.filter(({ channel }) => channel === 'callback').map(({ number }) => number),
    );
    const unknown = [...ledger.promised].filter((ani) => !numbers.has(ani));
    say(
      lostCallbacks,
      when,
      unknown.map((ani) => `${ani} does not wait`),
    );
    const arrivals = items.map(({ arrivedAt }) => arrivedAt);
    if (arrivals.some((at, i) => at < (arrivals[i - 1] ?? 0)))
      say(lostCallbacks, when, ['they are out of their order']);
    const open = await live<{ id: string; channel: string }>(
      `SELECT i.id, i.channel FROM interaction i LEFT JOIN open_item o ON o.interaction_id = i.id
        WHERE i.n > 0 AND i.ended_at IS NULL AND o.item_id IS NULL
          AND i.n <= ${died}`,
    );
    say(
      leftOpen,
      when,
      open.map(({ id, channel }) => `${channel} ${id}`),
    );
  }

  /** Of a database without a server: a copy of the file, which looking at would change; or the other's own. */
  async function asking(
    look: (from: { readonly query: Query }) => Promise<void>,
    damaged: (words: string) => void,
  ): Promise<void> {
    if (databaseUrl !== undefined) return look({ query: (sql) => askPostgres(databaseUrl ?? '', sql) });
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-killed-'));
    const names = ['cordboard.db', 'cordboard.db-wal'].filter((name) =>
      existsSync(join(server.dataDir, name)),
    );
    for (const name of names) copyFileSync(join(server.dataDir, name), join(folder, name));
    const file = new Sqlite(join(folder, 'cordboard.db'));
    try {
      const said = file.pragma('integrity_check', { simple: true });
      if (said !== 'ok') damaged(String(said));
      const loose = file.pragma('foreign_key_check') as unknown[];
      if (loose.length > 0) damaged(`${loose.length} references to nothing`);
      await look({ query: async <R>(sql: string) => file.prepare<[], R>(sql).all() });
    } finally {
      file.close();
      rmSync(folder, { recursive: true });
    }
  }

  async function live<R>(sql: string): Promise<R[]> {
    if (databaseUrl !== undefined) return askPostgres(databaseUrl, sql);
    const file = new Sqlite(join(server.dataDir, 'cordboard.db'), { readonly: true, timeout: 5_000 });
    try {
      return file.prepare<[], R>(sql).all();
    } finally {
      file.close();
    }
  }

  it('the data is whole: every fact once and in order, every reference, every page', () => {
    expect(damage).toEqual(nothingWrong);
    expect(contacts).toBeGreaterThan(KILLS);
  });

  it('J4 no acknowledged note or disposition is lost', () => {
    figures(
      `${dialect}: ${KILLS} kills, ${contacts} contacts, ${ledger.acknowledged} notes and dispositions acknowledged, ${lostWords.length} lost; ${ledger.promised.size} callbacks promised, ${lostCallbacks.length} lost`,
    );
    expect(lostWords).toEqual(nothingWrong);
    expect(ledger.acknowledged).toBeGreaterThan(KILLS * 10);
  });

  it('K11 R17 no callback is lost: who was promised one waits, in the order of asking', () => {
    expect(lostCallbacks).toEqual(nothingWrong);
    expect(ledger.promised.size).toBeGreaterThan(KILLS / 10);
  });

  it('I8 contacts that were alive are ended by the next start', () => {
    expect(leftOpen).toEqual(nothingWrong);
  });

  it('R17 no agent is stuck: each comes back to idle, and takes a call from the next server', () => {
    expect(stuck).toEqual(nothingWrong);
    expect(workers.map(({ failure }) => failure)).toEqual(workers.map(() => undefined));
    expect(ledger.refused).toEqual(nothingWrong);
  });

  it('the service is back within seconds', () => {
    const times = (of: 'ms' | 'cpuMs') => back.map((one) => one[of]);
    const said = (values: readonly number[]) =>
      [0.5, 0.99, 1].map((share) => `${percentile(values, share).toFixed(0)} ms`).join(', ');
    figures(
      `${dialect}: back after (p50, p99, most) ${said(times('ms'))}; of a processor ${said(times('cpuMs'))}`,
    );
    expect(percentile(times('ms'), 0.99)).toBeLessThan(BACK_MS);
  });
});

async function askPostgres<R>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as R[];
  } finally {
    await client.end();
  }
}
