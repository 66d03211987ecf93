import type { Database, Migration } from '#server/kernel/index.ts';
import type { FlowVersion, NumberEntry } from './types.ts';

export const ivrMigrations: readonly Migration[] = [
  {
    name: 'ivr-1',
    sql: `CREATE TABLE flow (
            id TEXT NOT NULL,
            version INTEGER NOT NULL,
            name TEXT NOT NULL,
            document TEXT NOT NULL,
            published INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (id, version)
          ) STRICT;
          CREATE UNIQUE INDEX flow_published ON flow (id) WHERE published = 1;
          CREATE TABLE number (
            number TEXT PRIMARY KEY,
            flow_id TEXT NOT NULL,
            name TEXT NOT NULL
          ) STRICT;`,
  },
];

/** The SQL of this room. */
export class IvrStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The published document of the flow behind a number, as stored. */
  documentFor(number: string): string | undefined {
    return this.#db.file
      .prepare(
        'SELECT f.document FROM number n JOIN flow f ON f.id = n.flow_id AND f.published = 1 WHERE n.number = ?',
      )
      .pluck()
      .get(number) as string | undefined;
  }

  published(flowId: string): string | undefined {
    return this.#db.file
      .prepare('SELECT document FROM flow WHERE id = ? AND published = 1')
      .pluck()
      .get(flowId) as string | undefined;
  }

  /** Every published flow, by name. */
  flows(): { readonly id: string; readonly name: string; readonly document: string }[] {
    return this.#db.file
      .prepare('SELECT id, name, document FROM flow WHERE published = 1 ORDER BY name, id')
      .all() as { id: string; name: string; document: string }[];
  }

  numbers(): NumberEntry[] {
    return this.#db.file
      .prepare('SELECT number, name FROM number ORDER BY length(number), number')
      .all() as NumberEntry[];
  }

  /** Adds a version, unpublished; its number, from 1. */
  addVersion(id: string, name: string, document: string): number {
    return this.#db.file
      .prepare(
        `INSERT INTO flow (id, version, name, document)
         SELECT :id, coalesce(max(version), 0) + 1, :name, :document FROM flow WHERE id = :id RETURNING version`,
      )
      .pluck()
      .get({ id, name, document }) as number;
  }

  /** False when there is no such version. */
  publish(id: string, version: number): boolean {
    return this.#db.file.transaction(() => {
      const known = this.#db.file.prepare('SELECT 1 FROM flow WHERE id = ? AND version = ?').get(id, version);
      if (!known) return false;
      this.#db.file.prepare('UPDATE flow SET published = 0 WHERE id = ? AND published = 1').run(id);
      this.#db.file.prepare('UPDATE flow SET published = 1 WHERE id = ? AND version = ?').run(id, version);
      return true;
    })();
  }

  versions(id: string): FlowVersion[] {
    const rows = this.#db.file
      .prepare('SELECT id, version, name, published FROM flow WHERE id = ? ORDER BY version')
      .all(id) as (Omit<FlowVersion, 'published'> & { published: number })[];
    return rows.map((row) => ({ ...row, published: row.published === 1 }));
  }

  assign(number: string, flowId: string, name: string): void {
    this.#db.file
      .prepare(
        `INSERT INTO number (number, flow_id, name) VALUES (?, ?, ?)
         ON CONFLICT (number) DO UPDATE SET flow_id = excluded.flow_id, name = excluded.name`,
      )
      .run(number, flowId, name);
  }

  remove(number: string): void {
    this.#db.file.prepare('DELETE FROM number WHERE number = ?').run(number);
  }
}
