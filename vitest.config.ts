import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Five groups of tests, each run by name: `vitest run --project unit`.
 * - unit: cores and pure code, beside the code or under tests/architecture and tests/fuzz; no ports, no browser.
 * - proof: the cores against theory and against a model of them, over millions of events; no ports, no browser.
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
          include: [
            '{shared,server,renderer,electron,scripts}/**/*.test.ts',
            'tests/{architecture,fuzz}/**/*.test.ts',
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
          include: ['server/**/*.proof.test.ts'],
          environment: 'node',
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/{integration,scenarios}/**/*.test.ts'],
          environment: 'node',
          testTimeout: 30_000,
          hookTimeout: 30_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'sip',
          include: ['tests/sip/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          environment: 'node',
          testTimeout: 90_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
