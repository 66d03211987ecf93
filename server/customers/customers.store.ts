import type { Database } from '#server/kernel/index.ts';
import type { ContactPoint, CustomerSummary } from '#shared/contract/views.ts';
import { fold, indexText } from './search-text.core.ts';

export interface NewCustomer {
  readonly id: string;
  readonly name: string;
  readonly tier: CustomerSummary['tier'];
  readonly language: CustomerSummary['language'];
  readonly city: string | null;
  readonly timeZone: string;
  readonly ownerId: string | null;
  /** Ids of accounts stored before; the first is shown beside the name. */
  readonly accounts: readonly string[];
  /** Values already in their stored spelling. */
  readonly points: readonly ContactPoint[];
}

export interface NewCase {
  readonly id: string;
  readonly customerId: string;
  readonly subject: string;
  readonly kind: 'request' | 'complaint';
  readonly status: 'open' | 'waiting' | 'closed';
  readonly openedAt: number;
  readonly dueAt: number | null;
  readonly closedAt: number | null;
}

/** Writes records as they are, unchecked: for this room's service and for seeds and imports of clean data. */
export interface CustomersStore {
  count(): number;
  addAccount(account: { id: string; name: string }): void;
  /** Run inside a transaction: writes several tables. */
  addCustomer(customer: NewCustomer, now: number): void;
  /** Numbered one above the highest, from 1000. Returns the number. */
  addCase(newCase: NewCase): number;
  /** The customer was in contact at `at`; earlier times are ignored. */
  touch(customerId: string, at: number): void;
}

const FIRST_CASE = 1000;

export function customersStore({ file }: Database): CustomersStore {
  const count = file.prepare<[], number>('SELECT count(*) FROM customer').pluck();
  const account = file.prepare('INSERT INTO account (id, name) VALUES (?, ?)');
  const accountName = file.prepare<[string], string>('SELECT name FROM account WHERE id = ?').pluck();
  const customer = file.prepare(
    `INSERT INTO customer (id, name, name_key, tier, language, city, time_zone, owner_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const member = file.prepare(
    'INSERT INTO customer_account (customer_id, position, account_id) VALUES (?, ?, ?)',
  );
  const point = file.prepare(
    'INSERT INTO contact_point (kind, value, customer_id, label, position) VALUES (?, ?, ?, ?, ?)',
  );
  const text = file.prepare('INSERT INTO customer_text (rowid, text) VALUES (?, ?)');
  const newCase = file
    .prepare<unknown[], number>(
      `INSERT INTO customer_case (id, number, customer_id, subject, kind, status, opened_at, due_at, closed_at)
       VALUES (?, (SELECT coalesce(max(number), ${FIRST_CASE - 1}) + 1 FROM customer_case), ?, ?, ?, ?, ?, ?, ?)
       RETURNING number`,
    )
    .pluck();
  const touch = file.prepare(
    'UPDATE customer SET last_contact_at = ? WHERE id = ? AND (last_contact_at IS NULL OR last_contact_at < ?)',
  );

  return {
    count: () => count.get() ?? 0,
    addAccount: ({ id, name }) => void account.run(id, name),
    addCustomer(c, now) {
      const { lastInsertRowid } = customer.run(
        c.id,
        c.name,
        fold(c.name),
        c.tier,
        c.language,
        c.city,
        c.timeZone,
        c.ownerId,
        now,
      );
      const searched = [c.name];
      c.accounts.forEach((id, position) => {
        member.run(c.id, position, id);
        searched.push(accountName.get(id) ?? '');
      });
      c.points.forEach(({ kind, value, label }, position) => {
        point.run(kind, value, c.id, label, position);
        searched.push(value);
      });
      text.run(lastInsertRowid, indexText(searched.join('\n'), true));
    },
    addCase: (k) =>
      newCase.get(k.id, k.customerId, k.subject, k.kind, k.status, k.openedAt, k.dueAt, k.closedAt) ??
      FIRST_CASE,
    touch: (customerId, at) => void touch.run(at, customerId, at),
  };
}
