/**
 * Loaded before a server (`--import`): a disk on which no recording has room for more than RECORDING_ROOM bytes, for
 * machines where no small disk can be mounted. Refuses as Linux does: the last write fits in part, the next is ENOSPC.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const room = Number(process.env.RECORDING_ROOM);
const { open } = fs;

fs.open = async (path, ...how) => {
  const handle = await open(path, ...how);
  if (!String(path).endsWith('.wav')) return handle;
  const write = handle.write.bind(handle);
  handle.write = async (data, offset, length, position) => {
    const fits = Math.min(length, room - position);
    if (fits > 0) return write(data, offset, fits, position);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return handle;
};
syncBuiltinESMExports();
