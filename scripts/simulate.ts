/** `npm run simulate -- day|theory ...`: the routing core under a virtual clock. `npm run simulate -- --help` */
import { main, UsageError } from './lib/args.ts';
import { day } from './simulate/day.ts';
import { help } from './simulate/help.ts';
import { theory } from './simulate/theory.ts';

const commands: Readonly<Record<string, (args: readonly string[]) => void>> = { day, theory };

await main(async ([name = '--help', ...args]) => {
  if ([name, ...args].some((arg) => arg === '--help' || arg === '-h') || name === 'help') {
    console.log(help);
    return;
  }
  const command = commands[name];
  if (!command) throw new UsageError(`There is no simulation "${name}"; there is: day, theory (see --help)`);
  command(args);
});
