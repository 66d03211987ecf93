import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { ContactPoint, CustomerDetail, CustomerSummary } from '#shared/contract/customers.ts';
import type { Ref } from '#shared/contract/kit.ts';
import { normalizeNumber } from '#shared/model/phone.ts';
import { customersQueries } from './customers.queries.ts';
import { searchCustomers } from './customers.search.ts';
import { customersStore, type NewCustomer } from './customers.store.ts';
import type { Customers, MatchResult } from './types.ts';

export interface CustomersOptions {
  readonly kernel: Kernel;
  /** Names the owner of a customer. */
  readonly userName?: (id: string) => Ref | undefined;
}

const MOST_CANDIDATES = 9;
/** A database that does not answer is said so often, not at each call. */
const COMPLAIN_MS = 60_000;
const MOST_POINTS = 20;
const LONGEST_NAME = 120;
const LONGEST_NUMBER = 100;
/** What networks and phones send instead of a withheld number (RFC 3323 section 4.1). */
const WITHHELD = /^(anonymous(@.*)?|unknown|unavailable|restricted|private|withheld|-|\+)?$/i;
const MAIL = /^[^\s\0@<>"(),;:]+@[^\s\0@<>"(),;:]+\.[^\s\0@<>"(),;:.]+$/;
const ANONYMOUS: MatchResult = { customerId: undefined, reason: 'anonymous', candidates: [] };
const NO_MATCH: MatchResult = { customerId: undefined, reason: 'no-match', candidates: [] };

/** The customers: everything is read from the database when it is asked for. */
export async function createCustomers({
  kernel,
  userName = () => undefined,
}: CustomersOptions): Promise<Customers> {
  const { db, clock, ids, journal, log } = kernel;
  const read = customersQueries(db, userName);
  let complainedAt = Number.NEGATIVE_INFINITY;

  const detail = async (id: string): Promise<CustomerDetail> => {
    const [summary, contactPoints, cases] = await Promise.all([
      read.summary(id),
      read.points(id),
      read.cases(id),
    ]);
    if (!summary) throw new AppError('not-found', 'There is no such customer.');
    return { ...summary, contactPoints, cases };
  };

  const find = async (given: string): Promise<readonly CustomerSummary[]> => {
    for (const spelling of spellings(given)) {
      const candidates = await read.byPhone(spelling, MOST_CANDIDATES);
      if (candidates.length > 0) return candidates;
    }
    return [];
  };

  return {
    async match(number) {
      const given = number.replaceAll('\0', '').trim().slice(0, LONGEST_NUMBER);
      if (WITHHELD.test(given)) return ANONYMOUS;
      try {
        const candidates = await find(given);
        const [first] = candidates;
        if (!first) return NO_MATCH;
        return candidates.length === 1
          ? { customerId: first.id, reason: 'one-match', candidates }
          : { customerId: undefined, reason: 'several-matches', candidates };
      } catch (error) {
        if (clock.now() - complainedAt >= COMPLAIN_MS) {
          complainedAt = clock.now();
          log.error({ err: error }, 'customer match failed: callers are taken as unknown');
        }
        return NO_MATCH;
      }
    },
    summary: read.summary,
    summaries: async (wanted) =>
      new Map(
        wanted.length === 0 ? [] : (await read.summaries(wanted)).map((summary) => [summary.id, summary]),
      ),
    detail,
    openCases: read.openCases,
    search: (text, limit, cursor) => searchCustomers(read, text, limit, cursor),
    async create({ name, points }, by) {
      const clean = name.replace(/[\s\0]+/gu, ' ').trim();
      if (clean === '') throw new AppError('bad-request', 'A customer needs a name.');
      if ([...clean].length > LONGEST_NAME)
        throw new AppError('bad-request', `A name may have at most ${LONGEST_NAME} characters.`);
      if (points.length > MOST_POINTS)
        throw new AppError(
          'bad-request',
          `A customer may have at most ${MOST_POINTS} numbers and addresses.`,
        );
      const customer: NewCustomer = {
        id: ids.next('cust'),
        name: clean,
        tier: 'standard',
        language: /\p{Script=Han}/u.test(clean) ? 'zh-CN' : 'en',
        city: null,
        timeZone: 'UTC',
        ownerId: null,
        accounts: [],
        points: uniquePoints(points.map(storedPoint)),
      };
      await journal.record(
        { type: 'customer.created', customerId: customer.id, by },
        customersStore.customerOps(customer, clock.now()),
      );
      return detail(customer.id);
    },
  };
}

/** The spellings under which this caller may be stored, likeliest first. Parsing costs more than a look-up, so E.164 goes first. */
function* spellings(number: string): Generator<string> {
  if (/^\+[1-9]\d{6,14}$/.test(number)) yield number;
  const stored = normalizeNumber(number);
  if (stored !== number || !number.startsWith('+')) yield stored;
  // Trunks often send E.164 without its plus.
  if (/^[1-9]\d{9,14}$/.test(stored)) yield `+${stored}`;
}

/** The stored spelling of a contact point. Throws `bad-request` in words. */
function storedPoint({ kind, value, label }: ContactPoint): ContactPoint {
  const name = label.replaceAll('\0', '').trim().slice(0, 40);
  if (kind === 'email') {
    const mail = value.trim().toLowerCase();
    if (mail.length > 254 || !MAIL.test(mail))
      throw new AppError('bad-request', 'This is not a mail address.', {
        field: 'email',
        value: mail.slice(0, 254),
      });
    return { kind, value: mail, label: name };
  }
  const number = normalizeNumber(value.slice(0, LONGEST_NUMBER));
  const extension = /^\d{2,6}$/.test(number);
  if (!extension && !(number.startsWith('+') && parsePhoneNumberFromString(number)?.isPossible()))
    throw new AppError(
      'bad-request',
      'This is not a phone number. Write it with its country, such as +1 415 555 0123.',
      {
        field: 'phone',
        value: number,
      },
    );
  return { kind, value: number, label: name };
}

function uniquePoints(points: readonly ContactPoint[]): ContactPoint[] {
  return [...new Map(points.map((point) => [`${point.kind} ${point.value}`, point])).values()];
}
