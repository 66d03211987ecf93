import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Five groups of tests, each run by name: `vitest run --project unit`.
 * - unit: cores and pure code, beside the code or under tests/architecture, tests/fuzz and tests/support; no ports, no browser.
 * - proof: the cores against theory and against a model of them, sampled (`npm run proof`); no ports, no browser.
 * - integration: the real server in this process, over loopback.
 * - sip: SIPp and other phones against the real server.
 * - e2e: a real browser against the real server, one file at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Some start programs or work through millions of events, and a neighbour may be busy.
          testTimeout: 30_000,
          globalSetup: './tests/kits/databases/setup.ts',
          include: [
            '{shared,server,renderer,electron,scripts}/**/*.test.ts',
            'tests/{architecture,fuzz,support}/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, '**/*.proof.test.ts'],
          environment: 'node',
          // Pure code leaves nothing behind for the next file; a worker for each would take most of the time.
          isolate: false,
        },
      },
      {
        test: {
          name: 'proof',
          globalSetup: './tests/kits/databases/setup.ts',
          include: ['server/**/*.proof.test.ts'],
          environment: 'node',
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: './tests/kits/databases/setup.ts',
          include: ['tests/{integration,scenarios}/**/*.test.ts'],
          environment: 'node',
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 90_000,
          hookTimeout: 90_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'sip',
          globalSetup: './tests/kits/databases/setup.ts',
          include: ['tests/sip/**/*.test.ts'],
          environment: 'node',
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: './tests/kits/databases/setup.ts',
          include: ['tests/e2e/**/*.test.ts'],
          environment: 'node',
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
