import type { TestProject } from 'vitest/node';
import { findPostgres } from './find-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the PostgreSQL server of this run; '' where none could be had. */
    postgres: string;
  }
}

/**
 * One PostgreSQL for the whole run. Where it cannot be had, the suites on it are skipped and a line says so; with
 * `CI=true` that is a failure.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    const server = await findPostgres();
    project.provide('postgres', server.url);
    return () => server.stop();
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.error(
      `No PostgreSQL to test on: its suites do not run (${error instanceof Error ? error.message : String(error)})`,
    );
    project.provide('postgres', '');
    return undefined;
  }
}
