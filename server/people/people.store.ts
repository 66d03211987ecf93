import { sql } from 'kysely';
import { z } from 'zod';
import {
  type Db,
  type Log,
  type Migration,
  type Op,
  type Params,
  sqliteOnly,
  statements,
} from '#server/kernel/index.ts';
import type { User } from '#shared/contract/people.ts';
import { type Role, roleSchema } from '#shared/model/states.ts';
import type { LockState } from './lock-out.core.ts';

export const peopleMigrations: readonly Migration[] = [
  sqliteOnly(
    'people-1',
    `CREATE TABLE user (
            id TEXT PRIMARY KEY,
            username TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            roles TEXT NOT NULL,
            team_id TEXT,
            team_name TEXT,
            password_hash TEXT,
            wrong_passwords INTEGER NOT NULL DEFAULT 0,
            locked_until INTEGER NOT NULL DEFAULT 0,
            device_md5 TEXT,
            device_sha256 TEXT,
            fixed_uri TEXT,
            created_at INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE session (
            id TEXT PRIMARY KEY,
            token_hash TEXT NOT NULL UNIQUE,
            user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            used_at INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE sip_secret (
            id TEXT PRIMARY KEY,
            session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
            user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
            md5 TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            expires_at INTEGER NOT NULL
          ) STRICT;
          CREATE INDEX sip_secret_session ON sip_secret (session_id);`,
  ),
  {
    // The order of adding becomes a column: PostgreSQL has no rowid, and SQLite may number rows anew.
    name: 'people-2',
    sqlite: `ALTER TABLE user ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
             UPDATE user SET n = rowid;
             CREATE INDEX user_n ON user (n);`,
    postgres: `CREATE TABLE "user" (
            id TEXT COLLATE "C" PRIMARY KEY,
            username TEXT COLLATE "C" NOT NULL UNIQUE,
            name TEXT COLLATE "C" NOT NULL,
            roles TEXT COLLATE "C" NOT NULL,
            team_id TEXT COLLATE "C",
            team_name TEXT COLLATE "C",
            password_hash TEXT COLLATE "C",
            wrong_passwords BIGINT NOT NULL DEFAULT 0,
            locked_until BIGINT NOT NULL DEFAULT 0,
            device_md5 TEXT COLLATE "C",
            device_sha256 TEXT COLLATE "C",
            fixed_uri TEXT COLLATE "C",
            created_at BIGINT NOT NULL,
            n BIGINT NOT NULL DEFAULT 0
          );
          CREATE INDEX user_n ON "user" (n);
          CREATE TABLE session (
            id TEXT COLLATE "C" PRIMARY KEY,
            token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
            user_id TEXT COLLATE "C" NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
            created_at BIGINT NOT NULL,
            used_at BIGINT NOT NULL
          );
          CREATE TABLE sip_secret (
            id TEXT COLLATE "C" PRIMARY KEY,
            session_id TEXT COLLATE "C" NOT NULL REFERENCES session (id) ON DELETE CASCADE,
            user_id TEXT COLLATE "C" NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
            md5 TEXT COLLATE "C" NOT NULL,
            sha256 TEXT COLLATE "C" NOT NULL,
            expires_at BIGINT NOT NULL
          );
          CREATE INDEX sip_secret_session ON sip_secret (session_id);`,
  },
];

/** HA1 = H(username:realm:password) for both algorithms (RFC 7616 3.4.2). */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

/** A user with what only the server knows. One without any role cannot sign in: its row is damaged. */
export interface Account {
  readonly user: User;
  passwordHash: string | undefined;
  lock: LockState;
  device: Ha1 | undefined;
  fixedUri: string | undefined;
}

export interface SessionRow {
  readonly id: string;
  readonly tokenHash: string;
  readonly userId: string;
  readonly createdAt: number;
  usedAt: number;
}

export interface SipSecret extends Ha1 {
  readonly id: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: number;
}

interface UserColumns {
  id: string;
  username: string;
  name: string;
  roles: string;
  team_id: string | null;
  team_name: string | null;
  password_hash: string | null;
  wrong_passwords: number;
  locked_until: number;
  device_md5: string | null;
  device_sha256: string | null;
  fixed_uri: string | null;
}
interface Tables {
  user: UserColumns & { created_at: number; n: number };
  session: { id: string; token_hash: string; user_id: string; created_at: number; used_at: number };
  sip_secret: {
    id: string;
    session_id: string;
    user_id: string;
    md5: string;
    sha256: string;
    expires_at: number;
  };
}

const statement = statements<Tables>();
const allUsers = statement((q) => q.selectFrom('user').selectAll().orderBy('n').orderBy('id'));
const allSessions = statement((q) =>
  q
    .selectFrom('session')
    .select([
      'id',
      'token_hash as tokenHash',
      'user_id as userId',
      'created_at as createdAt',
      'used_at as usedAt',
    ])
    .orderBy('created_at')
    .orderBy('id'),
);
const allSecrets = statement((q) =>
  q
    .selectFrom('sip_secret')
    .select([
      'id',
      'session_id as sessionId',
      'user_id as userId',
      'md5',
      'sha256',
      'expires_at as expiresAt',
    ])
    .orderBy('expires_at')
    .orderBy('id'),
);
type NewRow = Pick<Tables['user'], 'id' | 'username' | 'name' | 'roles' | 'team_id' | 'team_name'> &
  Pick<Tables['user'], 'password_hash' | 'created_at'>;
const insertUser = statement((q, p: Params<NewRow>) =>
  q.insertInto('user').values({
    id: p('id'),
    username: p('username'),
    name: p('name'),
    roles: p('roles'),
    team_id: p('team_id'),
    team_name: p('team_name'),
    password_hash: p('password_hash'),
    wrong_passwords: 0,
    locked_until: 0,
    created_at: p('created_at'),
    n: sql<number>`(select coalesce(max(n), 0) + 1 from "user")`,
  }),
);
const updatePassword = statement((q, p: Params<{ id: string; hash: string | null }>) =>
  q
    .updateTable('user')
    .set({ password_hash: p('hash') })
    .where('id', '=', p('id')),
);
const updateLock = statement((q, p: Params<{ id: string; wrong: number; until: number }>) =>
  q
    .updateTable('user')
    .set({ wrong_passwords: p('wrong'), locked_until: p('until') })
    .where('id', '=', p('id')),
);
const updateDevice = statement((q, p: Params<{ id: string; md5: string; sha256: string }>) =>
  q
    .updateTable('user')
    .set({ device_md5: p('md5'), device_sha256: p('sha256') })
    .where('id', '=', p('id')),
);
const updateUri = statement((q, p: Params<{ id: string; uri: string | null }>) =>
  q
    .updateTable('user')
    .set({ fixed_uri: p('uri') })
    .where('id', '=', p('id')),
);
const insertSession = statement((q, p: Params<SessionRow>) =>
  q.insertInto('session').values({
    id: p('id'),
    token_hash: p('tokenHash'),
    user_id: p('userId'),
    created_at: p('createdAt'),
    used_at: p('usedAt'),
  }),
);
const updateUsed = statement((q, p: Params<{ id: string; usedAt: number }>) =>
  q
    .updateTable('session')
    .set({ used_at: p('usedAt') })
    .where('id', '=', p('id')),
);
const deleteSession = statement((q, p: Params<{ id: string }>) =>
  q.deleteFrom('session').where('id', '=', p('id')),
);
const deleteSessionsOf = statement((q, p: Params<{ userId: string }>) =>
  q.deleteFrom('session').where('user_id', '=', p('userId')),
);
const insertSecret = statement((q, p: Params<SipSecret>) =>
  q.insertInto('sip_secret').values({
    id: p('id'),
    session_id: p('sessionId'),
    user_id: p('userId'),
    md5: p('md5'),
    sha256: p('sha256'),
    expires_at: p('expiresAt'),
  }),
);
const deleteSecret = statement((q, p: Params<{ id: string }>) =>
  q.deleteFrom('sip_secret').where('id', '=', p('id')),
);
const deleteSecretsOf = statement((q, p: Params<{ sessionId: string }>) =>
  q.deleteFrom('sip_secret').where('session_id', '=', p('sessionId')),
);

/** What is written about users, sessions and SIP secrets; carried out by the journal. */
export const peopleOps = {
  /** The newest in the order of users. */
  addUser: (user: User, passwordHash: string | undefined, now: number): Op =>
    insertUser({
      id: user.id,
      username: user.username,
      name: user.name,
      roles: JSON.stringify(user.roles),
      team_id: user.team?.id ?? null,
      team_name: user.team?.name ?? null,
      password_hash: passwordHash ?? null,
      created_at: now,
    }),
  setPassword: (id: string, hash: string | undefined): Op => updatePassword({ id, hash: hash ?? null }),
  setLock: (id: string, { wrong, lockedUntil }: LockState): Op =>
    updateLock({ id, wrong, until: lockedUntil }),
  setDevice: (id: string, { md5, sha256 }: Ha1): Op => updateDevice({ id, md5, sha256 }),
  setFixedUri: (id: string, uri: string | null): Op => updateUri({ id, uri }),
  addSession: (row: SessionRow): Op => insertSession({ ...row }),
  setUsed: (id: string, usedAt: number): Op => updateUsed({ id, usedAt }),
  /** With its SIP secrets. */
  removeSession: (id: string): Op[] => [deleteSecretsOf({ sessionId: id }), deleteSession({ id })],
  /** With their SIP secrets, which go with the row they point to. */
  removeSessionsOf: (userId: string): Op => deleteSessionsOf({ userId }),
  addSecret: (secret: SipSecret): Op => insertSecret(secret),
  removeSecret: (id: string): Op => deleteSecret({ id }),
};

/** Everything, once, on start: afterwards memory answers. Damaged rows are logged by their id and do not stop it. */
export async function readPeople(db: Db, log: Log) {
  const users = await db.all(allUsers());
  const [sessions, secrets] = [await db.all(allSessions()), await db.all(allSecrets())];
  const accounts = users.map((row) => toAccount(row, log));
  return { accounts, sessions: sessions as SessionRow[], secrets: secrets as readonly SipSecret[] };
}

function toAccount(row: UserColumns, log: Log): Account {
  return {
    user: {
      id: row.id,
      username: row.username,
      name: row.name,
      roles: rolesOf(row, log),
      team: row.team_id !== null ? { id: row.team_id, name: row.team_name ?? row.team_id } : null,
    },
    passwordHash: row.password_hash ?? undefined,
    lock: { wrong: row.wrong_passwords, lockedUntil: row.locked_until },
    device:
      row.device_md5 !== null && row.device_sha256 !== null
        ? { md5: row.device_md5, sha256: row.device_sha256 }
        : undefined,
    fixedUri: row.fixed_uri ?? undefined,
  };
}

const storedRolesSchema = z.array(z.unknown());

/** The roles this program knows. None where the row is damaged. */
function rolesOf(row: Pick<UserColumns, 'id' | 'roles'>, log: Log): Role[] {
  const stored = storedRolesSchema.safeParse(readJson(row.roles));
  const roles = (stored.data ?? []).flatMap((role) => roleSchema.safeParse(role).data ?? []);
  if (roles.length === 0)
    log.error({ userId: row.id }, 'people: the stored roles of a user cannot be read: they cannot sign in');
  else if (roles.length !== stored.data?.length)
    log.error({ userId: row.id }, 'people: a user has a role that this version does not know: left out');
  return roles;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
