import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

/**
 * Holds a folder for this process alone, by a file lock that the system frees even after kill -9.
 * Throws an Error in the user's words when another process has it. Returns the way to let go.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const lock = new Sqlite(join(folder, 'lock.db'), { timeout: 0 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS lock (held INTEGER); COMMIT');
  } catch (error) {
    lock.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY')
      throw new Error(
        `another Cordboard is using the data folder ${folder}; stop it, or choose another with DATA_DIR`,
      );
    throw error;
  }
  return () => lock.close();
}
