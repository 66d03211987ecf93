/**
 * `npm run bench -- call [--agents 50,500] [--rates 50,100,200] [--seconds 20] [--profile folder]`
 * `npm run bench -- routing [--agents 100,1000,10000] [--waiting 1000,10000] [--seconds 2] [--seed 1]`
 */
import { benchCall } from './bench/call.ts';
import { main, UsageError } from './lib/args.ts';
import { importBundled } from './lib/bundled.ts';

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  call: benchCall,
  routing: async (args) => {
    const { benchRouting } =
      await importBundled<typeof import('./bench/routing.ts')>('scripts/bench/routing.ts');
    await benchRouting(args);
  },
};

await main(async ([name = 'call', ...args]) => {
  const bench = benches[name];
  if (!bench)
    throw new UsageError(`There is no bench "${name}"; there is: ${Object.keys(benches).join(', ')}`);
  await bench(args);
});
