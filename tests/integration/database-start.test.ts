import { spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '#shared/contract/index.ts';
import { build } from '../../scripts/lib/build.ts';
import { serverBundle } from '../../scripts/lib/server.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { createDatabase, type OwnServer, ownPostgres } from '../kits/databases/find-postgres.ts';
import { holdSqlite } from '../kits/databases/hold.ts';
import { dialects } from '../kits/databases/index.ts';
import { DatabaseLine } from '../kits/databases/line.ts';
import { TestAgent } from '../support/agent.ts';
import { ADMIN, signInAdmin, startApp } from '../support/app.ts';
import { ServerProcess } from '../support/server-process.ts';

const PASSWORD = 's3cret-of-the-database';
const NOBODY = 65_534;

let folder: string;
/** A small centre that was stopped: copied for each test that spoils it. */
let prepared: string;
let count = 0;
beforeAll(async () => {
  await build(false, ['server']);
  folder = mkdtempSync(join(tmpdir(), 'cordboard-start-'));
  chmodSync(folder, 0o755);
  prepared = fresh();
  await (await startApp({ dataDir: prepared, database: 'sqlite', agents: 2 })).stop();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function fresh(): string {
  const path = join(folder, `data${++count}`);
  mkdirSync(path);
  return path;
}
/** Another centre like the prepared one, with this done to its database. */
function spoiled(sql: string): string {
  const path = fresh();
  cpSync(prepared, path, { recursive: true });
  const file = new Sqlite(join(path, 'cordboard.db'));
  file.pragma('foreign_keys = OFF');
  file.exec(sql);
  file.close();
  return path;
}
/** Also for a user other than root, who may read and not write it. */
function readOnly(path: string): string {
  for (const name of ['cordboard.db', '.']) chmodSync(join(path, name), name === '.' ? 0o755 : 0o444);
  return path;
}

/** Starts the program, which is to end by itself. */
async function start(
  env: Record<string, string>,
  uid?: number,
): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, [serverBundle], {
    env: { ...process.env, PORT: '0', SIP_PORT: '0', SEED: 'none', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let text = '';
  const collect = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, lines: text.trim().split('\n') };
}

function expectOneLine({ code, lines }: Awaited<ReturnType<typeof start>>, words: RegExp): void {
  expect(lines.join('\n')).toMatch(words);
  expect([code, lines.length]).toEqual([1, 1]);
  expect(lines[0]).toMatch(/^Cordboard cannot start: /);
}

describe('a server whose SQLite file cannot be used says so in one clear line', () => {
  it.each<[string, () => string, RegExp]>([
    [
      'it is none',
      () => withFile('not what it should be'.repeat(300)),
      /cordboard\.db is not a Cordboard database/,
    ],
    [
      'it is damaged',
      () => withFile(`SQLite format 3\0${'x'.repeat(5_000)}`),
      /cordboard\.db is (damaged: npm run doctor|not a Cordboard database)/,
    ],
    [
      'MI3 a newer program changed it',
      () => spoiled(`INSERT INTO migration (name, at) VALUES ('routing-99', 1)`),
      /changed by a newer Cordboard \(routing-99\); start that one, or restore a backup made before it/,
    ],
  ])('%s', async (_, data, words) => {
    expectOneLine(await start({ DATA_DIR: data() }), words);
  });

  it.skipIf(process.getuid?.() !== 0)('it may not be written', async () => {
    const data = readOnly(spoiled('SELECT 1'));
    chownSync(data, NOBODY, NOBODY); // the folder may; a lock must be had
    expectOneLine(await start({ DATA_DIR: data }, NOBODY), /the database may not be written/);
  });

  it('another program holds it', async () => {
    const data = spoiled('SELECT 1');
    const release = await holdSqlite(join(data, 'cordboard.db'));
    const said = await start({ DATA_DIR: data });
    await release();
    expectOneLine(said, /another program holds the database/);
  });

  function withFile(content: string): string {
    const path = fresh();
    writeFileSync(join(path, 'cordboard.db'), content);
    return path;
  }
});

describe.skipIf(!dialects.includes('postgres'))(
  'a server whose PostgreSQL cannot be used says so in one clear line, without the password',
  () => {
    /** Of this file alone: who may come in, and how, is changed here. */
    let postgres: OwnServer;
    let url: string;
    const ask = async (sql: string, at = postgres.url): Promise<pg.QueryResult> => {
      const client = new pg.Client({ connectionString: at });
      await client.connect();
      try {
        return await client.query(sql);
      } finally {
        await client.end();
      }
    };
    const changed = (change: (url: URL) => void): string => {
      const other = new URL(url);
      change(other);
      return other.href;
    };
    const startOn = (DATABASE_URL: string) => start({ DATABASE_URL, DATA_DIR: fresh() });

    beforeAll(async () => {
      postgres = await ownPostgres();
      url = await createDatabase(postgres.url);
      await ask(`CREATE ROLE clerk LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE guest LOGIN`);
      // Passwords are asked of the clerk alone.
      const rules = ['host all clerk 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust'];
      const file = ((await ask('SHOW hba_file')).rows[0] as { hba_file: string }).hba_file;
      await ask(
        `COPY (SELECT unnest(ARRAY[${rules.map((rule) => `'${rule}'`).join()}])) TO '${file}'; SELECT pg_reload_conf()`,
      );
    }, 60_000);
    afterAll(() => postgres?.stop());

    it.each<[string, () => string | Promise<string>, RegExp]>([
      [
        'another kind of database',
        () => 'mysql://root:s3cret-of-the-database@127.0.0.1/x',
        /DATABASE_URL=…: must look like postgres:\/\//,
      ],
      ['no address at all', () => `postgres://clerk:${PASSWORD}@[::bad/x`, /DATABASE_URL=/],
      [
        'no such host',
        () =>
          changed((to) => {
            to.hostname = 'no-such-host.invalid';
          }),
        /there is no such host/,
      ],
      [
        'nothing listens there',
        () =>
          changed((to) => {
            to.port = '1';
          }),
        /nothing answers there/,
      ],
      [
        'the password is wrong',
        () =>
          changed((to) => {
            to.username = 'clerk';
            to.password = `${PASSWORD}x`;
          }),
        /clerk:…@.*: the password is wrong/,
      ],
      [
        'no such database',
        () =>
          changed((to) => {
            to.pathname = '/nowhere';
          }),
        /there is no such database/,
      ],
      [
        'no rights to make tables',
        () =>
          changed((to) => {
            to.username = 'guest';
          }),
        /the user of DATABASE_URL may not create tables in this database/,
      ],
      [
        'not in UTF-8',
        async () => {
          await ask(`CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
          return changed((to) => {
            to.pathname = '/latin';
          });
        },
        /encoded in LATIN1; UTF8 is needed/,
      ],
    ])('%s', async (_, at, words) => {
      const said = await startOn(await at());
      expectOneLine(said, words);
      expect(said.lines[0]).not.toContain(PASSWORD);
    });

    it('older than version 15', async () => {
      const number = ((await ask('SHOW server_version_num')).rows[0] as { server_version_num: string })
        .server_version_num;
      const old = Buffer.from(`14${number.slice(2)}`);
      const line = await DatabaseLine.to(url, (answer) => {
        const at = answer.indexOf(number);
        if (at >= 0) old.copy(answer, at);
        return answer;
      });
      const said = await startOn(line.url);
      await line.close();
      expectOneLine(said, /leads to PostgreSQL 14; version 15 or newer is needed/);
    });

    it('MI3 a newer program changed it', async () => {
      const newer = await createDatabase(postgres.url);
      await ask(
        `CREATE TABLE migration (name TEXT PRIMARY KEY, at BIGINT NOT NULL);
         INSERT INTO migration (name, at) VALUES ('routing-99', 1)`,
        newer,
      );
      expectOneLine(await startOn(newer), /changed by a newer Cordboard \(routing-99\)/);
    });

    it('another server runs on it, which is left alone; and when that one is gone it may be had', async () => {
      const shared = await createDatabase(postgres.url);
      const first = await startApp({ agents: 0, database: 'sqlite', env: { DATABASE_URL: shared } });
      expectOneLine(
        await startOn(shared),
        /another Cordboard is using this database; stop it, or choose another/,
      );
      expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
      await first.stop();
      const second = await startApp({ agents: 0, database: 'sqlite', env: { DATABASE_URL: shared } });
      await second.stop();
    });
  },
);

/** What is damaged, and what is said of it, once; of what is nobody's nothing. */
const damages: readonly (readonly [string, string, RegExp | undefined])[] = [
  ['a user', `UPDATE "user" SET roles = 'x' WHERE id = 'agent2'`, /roles of a user cannot be read/],
  [
    'a session of nobody',
    `INSERT INTO session (id, token_hash, user_id, created_at, used_at) VALUES ('ses_x', 'x', 'nobody', 1, 1)`,
    undefined,
  ],
  [
    'a setting of routing',
    `UPDATE routing_setting SET data = '{' WHERE kind = 'queue' AND id = 'billing'`,
    /a setting cannot be read and is passed over/,
  ],
  ['a flow', `UPDATE flow SET document = '{' WHERE id = 'billing'`, /stored flow cannot be run/],
  [
    'the kind of a contact',
    `UPDATE interaction SET channel = 'pigeon' WHERE n = (SELECT max(n) FROM interaction)`,
    /"column":"channel".*a damaged value in a contact/,
  ],
  [
    'the end of a contact',
    `UPDATE interaction SET "end" = 'eaten' WHERE n = (SELECT max(n) FROM interaction)`,
    /"column":"end".*a damaged value in a contact/,
  ],
  [
    'a fact',
    `UPDATE journal SET data = '{' WHERE type = 'interaction.opened'`,
    /"type":"interaction.opened".*facts that cannot be read are passed over/,
  ],
  [
    'a fact of a type that is not known',
    `UPDATE journal SET type = 'call.sung' WHERE type = 'call.arrived'`,
    /"type":"call.sung".*facts that cannot be read are passed over/,
  ],
  [
    'a fact of a newer version',
    `UPDATE journal SET version = 99 WHERE type = 'call.ended'`,
    /"type":"call.ended".*facts that cannot be read are passed over/,
  ],
];

describe.each(dialects)('damaged rows on %s', (dialect) => {
  it('J8 P12 are passed over and said once each: the server starts, and the rest works', async () => {
    const dataDir = fresh();
    const own = dialect === 'postgres' ? await ownPostgres() : undefined;
    let server: ServerProcess | undefined;
    const open: { close(): Promise<unknown> }[] = [];
    try {
      const url = own && (await createDatabase(own.url));
      const env = url === undefined ? {} : { DATABASE_URL: url };
      // A contact to damage.
      const before = await startApp({ dataDir, database: 'sqlite', agents: 2, env });
      const agent = await before.agent();
      await before.ordinaryCall(agent);
      const { id } = await before.lastEnded();
      await before.stop();
      for (const [, sql] of damages) await spoil(dataDir, url, sql);

      server = await ServerProcess.start({
        env: { ...env, DATA_DIR: dataDir, LOG_LEVEL: 'error', CORDBOARD_ADMIN_PASSWORD: ADMIN.password },
        args: ['--production'],
      });
      const place = { url: server.url, sip: { host: '127.0.0.1', port: server.sipPort } };
      const admin = await signInAdmin(server.url);
      for (const _ of ['once', 'and again']) {
        const { items } = await admin.request(endpoints.listInteractions);
        expect(items).toMatchObject([{ id, channel: 'call', end: null }]);
        const { timeline } = await admin.request(endpoints.getInteraction, { params: { id } });
        const types = timeline.map(({ type }) => type);
        expect(types).toContain('interaction.ended');
        expect(types).not.toContain('interaction.opened');
      }
      const { queues } = await admin.request(endpoints.routing);
      expect(queues.map((queue) => queue.id)).toEqual(['support', 'sales']);
      await expect(TestAgent.start(place, 'agent2')).rejects.toThrow('sign-in.failed');

      const at = await TestAgent.start(place, 'agent1');
      open.push(at);
      const phone = await Phone.open({ server: place.sip, user: '+14155550101' });
      open.push(phone);
      const caller = await phone.call('4001');
      await at.answer();
      expect(await caller.answered).toBe(true);
      await caller.hangUp();
      await at.finish();

      const said = server.output.split('\n');
      const times = (line: RegExp | undefined) => said.filter((one) => line?.test(one)).length;
      expect(damages.map(([name, , line]) => [name, times(line)])).toEqual(
        damages.map(([name, , line]) => [name, line ? 1 : 0]),
      );
    } finally {
      await Promise.allSettled(open.map((one) => one.close()));
      await server?.dispose();
      await own?.stop();
    }
  }, 60_000);

  async function spoil(dataDir: string, url: string | undefined, sql: string): Promise<void> {
    if (url === undefined) {
      const file = new Sqlite(join(dataDir, 'cordboard.db'));
      file.pragma('foreign_keys = OFF');
      file.exec(sql);
      file.close();
      return;
    }
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`SET session_replication_role = replica; ${sql}`); // no references are looked after
    await client.end();
  }
});
