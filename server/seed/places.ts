/** US area codes: numbers 555-0100 to 555-0199 in each are set aside for fiction. City, area code, time zone. */
export const usPlaces: readonly (readonly [string, string, string])[] = [
  ['San Francisco', '415', 'America/Los_Angeles'],
  ['Los Angeles', '213', 'America/Los_Angeles'],
  ['Beverly Hills', '310', 'America/Los_Angeles'],
  ['San Diego', '619', 'America/Los_Angeles'],
  ['Sacramento', '916', 'America/Los_Angeles'],
  ['Seattle', '206', 'America/Los_Angeles'],
  ['Portland', '503', 'America/Los_Angeles'],
  ['Las Vegas', '702', 'America/Los_Angeles'],
  ['Phoenix', '602', 'America/Phoenix'],
  ['Denver', '303', 'America/Denver'],
  ['Salt Lake City', '801', 'America/Denver'],
  ['Albuquerque', '505', 'America/Denver'],
  ['Dallas', '214', 'America/Chicago'],
  ['Houston', '713', 'America/Chicago'],
  ['Austin', '512', 'America/Chicago'],
  ['San Antonio', '210', 'America/Chicago'],
  ['Chicago', '312', 'America/Chicago'],
  ['Evanston', '847', 'America/Chicago'],
  ['Minneapolis', '612', 'America/Chicago'],
  ['Milwaukee', '414', 'America/Chicago'],
  ['St. Louis', '314', 'America/Chicago'],
  ['Kansas City', '816', 'America/Chicago'],
  ['New Orleans', '504', 'America/Chicago'],
  ['Nashville', '615', 'America/Chicago'],
  ['New York', '212', 'America/New_York'],
  ['Brooklyn', '718', 'America/New_York'],
  ['Boston', '617', 'America/New_York'],
  ['Philadelphia', '215', 'America/New_York'],
  ['Pittsburgh', '412', 'America/New_York'],
  ['Washington', '202', 'America/New_York'],
  ['Baltimore', '410', 'America/New_York'],
  ['Atlanta', '404', 'America/New_York'],
  ['Charlotte', '704', 'America/New_York'],
  ['Raleigh', '919', 'America/New_York'],
  ['Miami', '305', 'America/New_York'],
  ['Tampa', '813', 'America/New_York'],
  ['Orlando', '407', 'America/New_York'],
  ['Cleveland', '216', 'America/New_York'],
  ['Columbus', '614', 'America/New_York'],
  ['Detroit', '313', 'America/Detroit'],
  ['Indianapolis', '317', 'America/Indiana/Indianapolis'],
];

/** An area code no demo customer has: callers nobody knows. */
export const STRANGERS_AREA = '907';

export const chinesePlaces = [
  '北京',
  '上海',
  '广州',
  '深圳',
  '杭州',
  '南京',
  '苏州',
  '成都',
  '重庆',
  '武汉',
  '西安',
  '青岛',
  '天津',
  '厦门',
] as const;

/** Mobile prefixes; the four digits after them are 0000, which no subscriber is given. */
export const chineseMobile = ['130', '131', '136', '138', '139', '150', '158', '159', '186', '188'] as const;

/** Numbers handed out once each, in a shuffled order. */
export interface NumberPool {
  us(area: string): string | undefined;
  chinese(prefix: string): string;
}

/** @param taken numbers never handed out */
export function numberPool(shuffled: (list: number[]) => number[], taken: ReadonlySet<string>): NumberPool {
  const areas = new Map<string, string[]>();
  const prefixes = new Map<string, number>();
  return {
    us(area) {
      let free = areas.get(area);
      if (!free) {
        free = shuffled(Array.from({ length: 100 }, (_, i) => i))
          .map((line) => `+1${area}55501${String(line).padStart(2, '0')}`)
          .filter((number) => !taken.has(number));
        areas.set(area, free);
      }
      return free.pop();
    },
    chinese(prefix) {
      const line = ((prefixes.get(prefix) ?? 0) * 7 + 1234) % 10_000; // 7 and 10,000 share no factor: no repeats
      prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + 1);
      return `+86${prefix}0000${String(line).padStart(4, '0')}`;
    },
  };
}
