/** `npm run build [-- --force]`: the desktop, the server and the shell into dist/. */
import { buildOrExit } from './lib/build.ts';

await buildOrExit(process.argv.includes('--force'));
