import { z } from 'zod';
import type { Database, Migration } from '#server/kernel/index.ts';
import type { User } from '#shared/contract/views.ts';
import { roleSchema } from '#shared/model/states.ts';
import type { LockState } from './lock-out.core.ts';

export const peopleMigrations: readonly Migration[] = [
  {
    name: 'people-1',
    sql: `CREATE TABLE user (
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
  },
];

/** HA1 = H(username:realm:password) for both algorithms (RFC 7616 3.4.2). */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

/** A user with what only the server knows. */
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

const rolesSchema = z.array(roleSchema);

/** The rows of users, sessions and SIP secrets. Everything is read once, on start; later calls only write. */
export function peopleStore({ file }: Database) {
  const insertUser = file.prepare(
    `INSERT INTO user (id, username, name, roles, team_id, team_name, password_hash, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const updatePassword = file.prepare('UPDATE user SET password_hash = ? WHERE id = ?');
  const updateLock = file.prepare('UPDATE user SET wrong_passwords = ?, locked_until = ? WHERE id = ?');
  const updateDevice = file.prepare('UPDATE user SET device_md5 = ?, device_sha256 = ? WHERE id = ?');
  const updateUri = file.prepare('UPDATE user SET fixed_uri = ? WHERE id = ?');
  const insertSession = file.prepare(
    'INSERT INTO session (id, token_hash, user_id, created_at, used_at) VALUES (?, ?, ?, ?, ?)',
  );
  const updateSession = file.prepare('UPDATE session SET used_at = ? WHERE id = ?');
  const deleteSession = file.prepare('DELETE FROM session WHERE id = ?');
  const insertSecret = file.prepare(
    'INSERT INTO sip_secret (id, session_id, user_id, md5, sha256, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const deleteSecret = file.prepare('DELETE FROM sip_secret WHERE id = ?');

  return {
    accounts: (): Account[] =>
      (file.prepare('SELECT * FROM user ORDER BY rowid').all() as UserColumns[]).map(toAccount),
    sessions: (): SessionRow[] =>
      file
        .prepare(
          `SELECT id, token_hash AS tokenHash, user_id AS userId, created_at AS createdAt, used_at AS usedAt
           FROM session ORDER BY created_at, id`,
        )
        .all() as SessionRow[],
    secrets: (): SipSecret[] =>
      file
        .prepare(
          `SELECT id, session_id AS sessionId, user_id AS userId, md5, sha256, expires_at AS expiresAt
           FROM sip_secret ORDER BY expires_at, id`,
        )
        .all() as SipSecret[],
    addUser(user: User, passwordHash: string | undefined, now: number): void {
      insertUser.run(
        user.id,
        user.username,
        user.name,
        JSON.stringify(user.roles),
        user.team?.id ?? null,
        user.team?.name ?? null,
        passwordHash ?? null,
        now,
      );
    },
    setPassword: (userId: string, hash: string | undefined): void =>
      void updatePassword.run(hash ?? null, userId),
    setLock: (userId: string, lock: LockState): void =>
      void updateLock.run(lock.wrong, lock.lockedUntil, userId),
    setDevice: (userId: string, ha1: Ha1): void => void updateDevice.run(ha1.md5, ha1.sha256, userId),
    setFixedUri: (userId: string, uri: string | null): void => void updateUri.run(uri, userId),
    addSession: (s: SessionRow): void =>
      void insertSession.run(s.id, s.tokenHash, s.userId, s.createdAt, s.usedAt),
    setUsed: (used: readonly { id: string; usedAt: number }[]): void =>
      file.transaction(() => {
        for (const { id, usedAt } of used) updateSession.run(usedAt, id);
      })(),
    removeSession: (id: string): void => void deleteSession.run(id),
    addSecret: (s: SipSecret): void =>
      void insertSecret.run(s.id, s.sessionId, s.userId, s.md5, s.sha256, s.expiresAt),
    removeSecret: (id: string): void => void deleteSecret.run(id),
  };
}
export type PeopleStore = ReturnType<typeof peopleStore>;

function toAccount(row: UserColumns): Account {
  return {
    user: {
      id: row.id,
      username: row.username,
      name: row.name,
      roles: rolesSchema.parse(JSON.parse(row.roles)),
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
