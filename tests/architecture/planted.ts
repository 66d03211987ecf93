type Files = Readonly<Record<string, string>>;

/** `import` of each target, so that the file holds exactly that edge. */
const uses = (target: string): string => `import { x } from '${target}';\nexport const y = x;`;
const LEAF = 'export const x = 1;';

/** A file of one room using a room above it through its door: only the order is broken. */
const upward = (room: string, above: string): Files => ({
  [`server/${room}/index.ts`]: uses(`#server/${above}/index.ts`),
  [`server/${above}/index.ts`]: LEAF,
});

/** The contract of one room using that of a room above. */
const contract = (room: string, above: string): Files => ({
  [`shared/contract/${room}.ts`]: uses(`./${above}.ts`),
  [`shared/contract/${above}.ts`]: LEAF,
});

/** For each rule of .dependency-cruiser.cjs, by name, the smallest tree that breaks it. */
export const planted: Readonly<Record<string, Files>> = {
  unresolvable: { 'shared/a.ts': uses('./missing.ts') },
  circular: { 'shared/a.ts': uses('./b.ts'), 'shared/b.ts': uses('./a.ts') },
  'circular-types': {
    'server/telephony/sip/a.ts': "import type { B } from './b.ts';\nexport type A = B | 1;",
    'server/telephony/sip/b.ts': "import type { A } from './a.ts';\nexport type B = A | 2;",
  },
  'shared-is-pure': {
    'shared/a.ts': "import { readFileSync } from 'node:fs';\nexport const y = readFileSync;",
  },
  'contract-order-kit': contract('kit', 'people'),
  'contract-order-people': contract('people', 'customers'),
  'contract-order-customers': contract('customers', 'interactions'),
  'contract-order-interactions': contract('interactions', 'routing'),
  'contract-order-routing': contract('routing', 'calls'),
  'contract-order-calls': contract('calls', 'ivr'),
  'contract-order-ivr': contract('ivr', 'supervision'),
  'contract-order-supervision': contract('supervision', 'desk'),
  'contract-order-desk': contract('desk', 'index'),
  'contract-known-room': contract('index', 'cellar'),
  'words-alone': { 'shared/words/people/en.ts': uses('../app/en.ts'), 'shared/words/app/en.ts': LEAF },
  'renderer-alone': { 'renderer/a.ts': uses('#server/kernel/index.ts'), 'server/kernel/index.ts': LEAF },
  'renderer-in-browser': { 'renderer/a.ts': "import { join } from 'node:path';\nexport const y = join;" },
  'server-alone': { 'server/kernel/a.ts': uses('../../electron/a.ts'), 'electron/a.ts': LEAF },
  'electron-alone': { 'electron/a.ts': uses('../renderer/a.ts'), 'renderer/a.ts': LEAF },
  'no-tests-in-production': {
    'server/kernel/a.ts': uses('../../tests/support/a.ts'),
    'tests/support/a.ts': LEAF,
  },
  'no-kits-in-production': {
    'server/kernel/testing/kit.ts': LEAF,
    'server/kernel/a.test.ts': uses('./testing/kit.ts'),
  },
  'no-dev-dependencies': { 'server/kernel/a.ts': "import fc from 'fast-check';\nexport const y = fc;" },
  'scripts-by-the-door': { 'scripts/a.ts': uses('#server/kernel/clock.ts'), 'server/kernel/clock.ts': LEAF },
  'room-order-kernel': upward('kernel', 'people'),
  'room-order-people': upward('people', 'customers'),
  'room-order-customers': upward('customers', 'interactions'),
  'room-order-interactions': upward('interactions', 'routing'),
  'room-order-routing': upward('routing', 'telephony/calls'),
  'room-order-telephony': {
    'server/telephony/calls/index.ts': uses('#server/ivr/index.ts'),
    'server/ivr/index.ts': LEAF,
  },
  'room-order-ivr-scripting-channels-outbound': upward('outbound', 'supervision'),
  'room-order-desk-supervision-simulation': upward('supervision', 'api'),
  'room-order-seed-keeping': upward('seed', 'api'),
  'known-room': { 'server/app.ts': uses('#server/cellar/index.ts'), 'server/cellar/index.ts': LEAF },
  'rooms-not-app': { 'server/api/index.ts': uses('#server/config.ts'), 'server/config.ts': LEAF },
  'room-by-the-door': {
    'server/ivr/a.ts': uses('#server/people/people.store.ts'),
    'server/people/people.store.ts': LEAF,
  },
  'app-by-the-door': {
    'server/app.ts': uses('#server/people/people.store.ts'),
    'server/people/people.store.ts': LEAF,
  },
  'types-as-types': { 'server/ivr/a.ts': uses('#server/people/types.ts'), 'server/people/types.ts': LEAF },
  'driver-in-kernel': {
    'server/people/a.ts': "import Sqlite from 'better-sqlite3';\nexport const y = Sqlite;",
    'node_modules/better-sqlite3/index.js': 'export default class {}',
  },
  'telephony-sip-media': {
    'server/telephony/sip/a.ts': uses('../media/index.ts'),
    'server/telephony/media/index.ts': LEAF,
  },
  'core-is-pure': { 'server/routing/a.core.ts': uses('./store.ts'), 'server/routing/store.ts': LEAF },
  'wire-is-pure': {
    'server/telephony/sip/wire/parse.ts':
      "import { createSocket } from 'node:dgram';\nexport const y = createSocket;",
  },
  'feature-alone': {
    'renderer/features/history/a.ts': uses('../call-bar/a.ts'),
    'renderer/features/call-bar/a.ts': LEAF,
  },
  'features-on-top': {
    'renderer/stores/a.ts': uses('../features/history/a.ts'),
    'renderer/features/history/a.ts': LEAF,
  },
};
