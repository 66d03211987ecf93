import { faker as english } from '@faker-js/faker/locale/en';
import { faker as chinese } from '@faker-js/faker/locale/zh_CN';
import type { NewAccount, NewCase, NewCustomer } from '#server/customers/index.ts';
import { demoAgents, knownCaller, sharedNumber } from './cast.ts';
import { chineseMobile, chinesePlaces, numberPool, usPlaces } from './places.ts';
import type { Random } from './random.core.ts';
import { caseSubjects } from './words.ts';

export interface MadeCustomers {
  readonly accounts: readonly NewAccount[];
  readonly customers: readonly NewCustomer[];
}

const TIERS = [
  ['standard', 60],
  ['silver', 22],
  ['gold', 13],
  ['platinum', 5],
] as const;
const CHINESE_SHARE = 0.3;
const DAY = 86_400_000;

/**
 * Customers and accounts out of chance. The first is always the known caller, the next two share a number.
 * @param id makes an id with this prefix
 */
export function makeCustomers(
  random: Random,
  id: (prefix: string) => string,
  count: { customers: number; accounts: number },
): MadeCustomers {
  english.seed(random.int(0, 2 ** 31));
  chinese.seed(random.int(0, 2 ** 31));
  const numbers = numberPool(random.shuffled, new Set([knownCaller.number, sharedNumber]));
  const haier: NewAccount = { id: id('acc'), name: knownCaller.account };
  const accounts: Record<'english' | 'chinese', NewAccount[]> = { english: [haier], chinese: [] };
  for (let i = 1; i < count.accounts; i++) {
    if (random.chance(CHINESE_SHARE)) accounts.chinese.push({ id: id('acc'), name: chinese.company.name() });
    else accounts.english.push({ id: id('acc'), name: english.company.name() });
  }
  const switchboards = new Map<string, string>();
  const oneOf = <T>(list: readonly T[]): T | undefined => list[random.int(0, list.length - 1)];

  const common = () => ({
    id: id('cust'),
    tier: random.weighted(TIERS),
    ownerId: random.chance(0.4) ? (oneOf(demoAgents)?.id ?? null) : null,
  });
  const belongsTo = (of: readonly NewAccount[]): NewAccount[] => {
    if (!random.chance(0.65)) return [];
    const first = oneOf(of);
    const second = random.chance(0.08) ? oneOf(of) : undefined;
    return [...new Set([first, second])].filter((one) => one !== undefined);
  };

  const makeEnglish = (): NewCustomer => {
    const [firstName, lastName] = [english.person.firstName(), english.person.lastName()];
    const [city, area, timeZone] = oneOf(usPlaces) ?? ['New York', '212', 'America/New_York'];
    const mobile = numbers.us(area) ?? numbers.us(oneOf(usPlaces)?.[1] ?? area);
    const of = belongsTo(accounts.english);
    const points: NewCustomer['points'][number][] = [];
    if (mobile !== undefined) points.push({ kind: 'phone', value: mobile, label: 'mobile' });
    const account = of[0]?.id;
    if (account !== undefined && random.chance(0.08)) {
      const number = switchboards.get(account) ?? numbers.us(area);
      if (number !== undefined) {
        switchboards.set(account, number);
        points.push({ kind: 'phone', value: number, label: 'office' });
      }
    }
    if (points.length === 0 || random.chance(0.75)) {
      const mail = `${firstName}.${lastName}`.toLowerCase().replace(/[^a-z.]/g, '');
      points.push({ kind: 'email', value: `${mail}${random.int(1, 99)}@example.com`, label: 'mail' });
    }
    const name = `${firstName} ${lastName}`;
    return { ...common(), name, language: 'en', city, timeZone, accounts: of, points };
  };
  const makeChinese = (): NewCustomer => {
    const mobile = numbers.chinese(random.pick(chineseMobile));
    const points: NewCustomer['points'][number][] = [{ kind: 'phone', value: mobile, label: 'mobile' }];
    if (random.chance(0.5))
      points.push({ kind: 'email', value: `${mobile.slice(3)}@example.com`, label: 'mail' });
    return {
      ...common(),
      name: `${chinese.person.lastName()}${chinese.person.firstName()}`,
      language: 'zh-CN',
      city: random.pick(chinesePlaces),
      timeZone: 'Asia/Shanghai',
      accounts: belongsTo(accounts.chinese),
      points,
    };
  };

  const bay = { city: 'San Francisco', timeZone: 'America/Los_Angeles', language: 'en' } as const;
  const customers: NewCustomer[] = [
    {
      ...bay,
      id: id('cust'),
      name: knownCaller.name,
      tier: 'gold',
      ownerId: 'agent2',
      accounts: [haier],
      points: [
        { kind: 'phone', value: knownCaller.number, label: 'mobile' },
        { kind: 'email', value: 'li.wei@example.com', label: 'mail' },
      ],
    },
    ...['Maria Garcia', 'Daniel Garcia'].map(
      (name, index): NewCustomer => ({
        ...bay,
        id: id('cust'),
        name,
        tier: index === 0 ? 'silver' : 'standard',
        ownerId: null,
        accounts: [],
        points: [{ kind: 'phone', value: sharedNumber, label: 'home' }],
      }),
    ),
  ];
  while (customers.length < count.customers)
    customers.push(random.chance(CHINESE_SHARE) ? makeChinese() : makeEnglish());
  return { accounts: [...accounts.english, ...accounts.chinese], customers };
}

/**
 * Cases in the order of their opening, so that their numbers follow time. The known caller has one: the complaint that
 * gets the number everybody knows.
 * @param first number the first case will get
 */
export function makeCases(
  random: Random,
  id: (prefix: string) => string,
  customers: readonly NewCustomer[],
  count: number,
  now: number,
  first = 1000,
): NewCase[] {
  const opened = Array.from({ length: count }, () => Math.round(now - random.next() * 60 * DAY)).sort(
    (a, b) => a - b,
  );
  const [known, ...others] = customers;
  return opened.map((openedAt, index): NewCase => {
    const isKnown = index + first === knownCaller.caseNumber;
    const customer = (isKnown ? known : others[random.int(0, others.length - 1)]) ?? known;
    const kind = isKnown || random.chance(0.25) ? 'complaint' : 'request';
    const dueAt = openedAt + random.int(2, 5) * DAY;
    const closed = !isKnown && random.next() < Math.min(0.9, (now - openedAt) / (20 * DAY));
    const status = closed ? 'closed' : !isKnown && random.chance(0.3) ? 'waiting' : 'open';
    return {
      id: id('case'),
      customerId: customer?.id ?? '',
      subject: isKnown
        ? 'Washing machine shows E4 again after the repair'
        : random.pick(caseSubjects[kind][customer?.language ?? 'en']),
      kind,
      status,
      openedAt,
      dueAt,
      closedAt: closed ? Math.min(now, openedAt + random.int(1, 120) * 3_600_000) : null,
    };
  });
}
