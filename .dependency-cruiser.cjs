/**
 * Which part of the house may import what. Each rule has a planted violation in
 * tests/architecture/boundaries.test.ts that must fail; a rule without one fails that test.
 */

/** Rooms of the server from the ground up. A room imports only rooms of lower levels. */
const LEVELS = [
  ['kernel'],
  ['people'],
  ['customers'],
  ['interactions'],
  ['routing'],
  ['telephony'],
  ['ivr', 'scripting', 'channels', 'outbound'],
  ['desk', 'supervision', 'simulation'],
  ['seed', 'keeping'],
  ['api'],
];
const rooms = LEVELS.flat();

/** Files of shared/contract, a room each, from the ground up; what composes them stands above and is imported by none. */
const CONTRACT = [
  'kit',
  'people',
  'customers',
  'interactions',
  'routing',
  'calls',
  'ivr',
  'supervision',
  'desk',
];

/** Libraries without I/O that pure code may use. */
const PURE = 'zod|libphonenumber-js|luxon|sdp-transform';
const TEST = '\\.test\\.tsx?$';
/** What is started, not imported. */
const ENTRY = '(/main\\.tsx?|^electron/(main|preload)/index\\.ts|\\.source\\.mjs|\\.d\\.ts)$';
const ROOM = '(telephony/(?:sip|media|calls)|[^/]+)';
const anyOf = (names) => `(?:${names.join('|')})`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** A room's first folder level, but for telephony, whose three rooms have an order of their own. */
const order = LEVELS.slice(0, -1).map((level, index) =>
  forbid(
    `room-order-${level.join('-')}`,
    `${level.join(', ')}: import only rooms below`,
    { path: `^server/${anyOf(level)}/`, pathNot: TEST },
    { path: `^server/${anyOf(LEVELS.slice(index + 1).flat())}/` },
  ),
);

const contractOrder = CONTRACT.map((room, index) =>
  forbid(
    `contract-order-${room}`,
    `The contract of ${room} imports only those of rooms below`,
    { path: `^shared/contract/${room}\\.ts$` },
    { path: '^shared/contract/', pathNot: `^shared/contract/${anyOf(CONTRACT.slice(0, index + 1))}\\.ts$` },
  ),
);

module.exports = {
  forbidden: [
    forbid(
      'unresolvable',
      'An import that leads nowhere would also escape every other rule.',
      {},
      {
        couldNotResolve: true,
      },
    ),
    forbid(
      'circular',
      'Modules form no circle (types may, but for circular-types).',
      {},
      {
        circular: true,
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    ),
    forbid(
      'circular-types',
      "In the server types form no circle either (routing's records and its expected waits still do).",
      { path: '^server/', pathNot: '^server/routing/' },
      { circular: true },
    ),

    // 1. The four parts.
    forbid(
      'shared-is-pure',
      'shared imports itself and pure libraries.',
      { path: '^shared/', pathNot: TEST },
      { pathNot: `^(shared/|node_modules/(${PURE})/)` },
    ),
    forbid(
      'renderer-alone',
      'The desktop imports shared, not the other parts.',
      { path: '^renderer/' },
      {
        path: '^(server|electron|scripts)/',
      },
    ),
    forbid(
      'renderer-in-browser',
      'A browser has no Node.',
      { path: '^renderer/', pathNot: TEST },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'server-alone',
      'The server imports shared, not the other parts.',
      { path: '^server/', pathNot: TEST },
      {
        path: '^(renderer|electron|scripts)/',
      },
    ),
    forbid(
      'electron-alone',
      'The shell imports shared, not the other parts.',
      { path: '^electron/' },
      {
        path: '^(renderer|server|scripts)/',
      },
    ),
    forbid(
      'no-tests-in-production',
      'Nothing that ships imports a test or its support.',
      { path: '^(shared|server|renderer|electron)/', pathNot: TEST },
      { path: `(^tests/|${TEST})` },
    ),
    {
      name: 'no-kits-in-production',
      comment: 'What only tests use lives under tests/ (entries have no user at all).',
      severity: 'error',
      from: { pathNot: ['^tests/', TEST] },
      module: {
        path: '^(shared|server|renderer|electron)/',
        pathNot: [TEST, ENTRY],
        numberOfDependentsLessThan: 1,
      },
    },
    forbid(
      'no-dev-dependencies',
      'The server runs without the development packages (but for entries used from sources alone, x.source.mjs).',
      { path: '^(server|shared)/', pathNot: [TEST, '\\.source\\.mjs$'] },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'scripts-by-the-door',
      'Scripts use a room of the server through its index.ts.',
      { path: '^scripts/' },
      {
        path: '^server/[^/]+/',
        pathNot: '/index\\.ts$',
      },
    ),

    ...contractOrder,
    forbid(
      'contract-known-room',
      `The contract of a new room needs its place in the order: ${CONTRACT.join(', ')}.`,
      { path: '^shared/contract/index\\.ts$' },
      { path: '^shared/contract/', pathNot: `^shared/contract/${anyOf(CONTRACT)}\\.ts$` },
    ),

    forbid(
      'words-alone',
      'The words of a room import nothing but themselves.',
      { path: '^shared/words/([^/]+)/' },
      { pathNot: '^shared/words/$1/' },
    ),

    // 2. The rooms of the server.
    ...order,
    forbid(
      'known-room',
      `A new room needs its place in the order: ${rooms.join(', ')}.`,
      {},
      { path: `^server/(?!${anyOf(rooms)}/)[^/]+/` },
    ),
    forbid(
      'rooms-not-app',
      'Only main.ts and app.ts know the whole; a room gets its settings passed in.',
      { path: '^server/[^/]+/', pathNot: TEST },
      { path: '^server/[^/]+\\.ts$' },
    ),
    forbid(
      'room-by-the-door',
      'A room uses another only through its index.ts, or the types of its types.ts.',
      { path: `^server/${ROOM}/`, pathNot: TEST },
      {
        path: '^server/[^/]+/',
        pathNot: ['^server/$1/', '^server/(?:telephony/)?[^/]+/(?:index|types)\\.ts$'],
      },
    ),
    forbid(
      'app-by-the-door',
      'main.ts and app.ts use rooms through their index.ts.',
      { path: '^server/[^/]+\\.ts$', pathNot: TEST },
      { path: '^server/[^/]+/', pathNot: '^server/(?:telephony/)?[^/]+/(?:index|types)\\.ts$' },
    ),
    forbid(
      'types-as-types',
      "Another room's types.ts is for `import type` alone.",
      { path: `^server/${ROOM}/`, pathNot: TEST },
      {
        path: '^server/.+/types\\.ts$',
        pathNot: '^server/$1/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'telephony-sip-media',
      'sip and media know neither each other nor calls.',
      { path: '^server/telephony/(sip|media)/', pathNot: TEST },
      { path: '^server/telephony/', pathNot: '^server/telephony/$1/' },
    ),

    forbid(
      'driver-in-kernel',
      'Only the kernel knows which databases there are; rooms write statements.',
      { path: '^(server|shared)/', pathNot: ['^server/kernel/', TEST] },
      { path: '^node_modules/(@types/)?(better-sqlite3|pg|pg-pool|pg-cursor|@electric-sql)(/|$)' },
    ),

    // 3. Cores.
    // Hashing and ciphers are computation, and the SIP wire format is pure without being called a core: both may be
    // used. tests/architecture looks for clocks, timers and randomness, which no import betrays.
    forbid(
      'core-is-pure',
      'A core imports cores, types, shared, and the SIP wire format.',
      { path: '\\.core\\.tsx?$' },
      {
        pathNot: `(\\.core\\.tsx?$|^server/.*types\\.ts$|^server/telephony/sip/wire/|^shared/|^(node:)?crypto$|^node_modules/(${PURE})/)`,
      },
    ),
    forbid(
      'wire-is-pure',
      'The SIP wire format reads and writes text; it opens nothing.',
      { path: '^server/telephony/sip/wire/', pathNot: TEST },
      {
        pathNot: `(^server/telephony/sip/wire/|\\.core\\.ts$|/types\\.ts$|^shared/|^node_modules/(${PURE})/)`,
      },
    ),

    // 4. Features of the desktop.
    forbid(
      'feature-alone',
      'A feature never imports another; what they share is a store or a component.',
      { path: '^renderer/features/([^/]+)/' },
      { path: '^renderer/features/', pathNot: '^renderer/features/$1/' },
    ),
    forbid(
      'features-on-top',
      'Components, stores and the softphone know no feature.',
      { path: '^renderer/(components|stores|softphone)/' },
      { path: '^renderer/(features|app/routes|pages)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^dist/|\\.(css|svg|png|html)$|\\?(worker|url|raw)$)' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
