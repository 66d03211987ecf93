import { parseArgs } from 'node:util';
import { playGame } from './game.ts';

/**
 * `npm run proof -- routing --events 1e8 --seed 7`: random games until so many events were played and checked.
 * `npm run proof -- routing --game 7000021`: one game again, as a failure names it, here and in its test.
 */
const { values } = parseArgs({
  options: { events: { type: 'string' }, seed: { type: 'string' }, game: { type: 'string' } },
});
const one = values.game === undefined ? undefined : Number(values.game);
const wanted = one === undefined ? Number(values.events ?? 1e7) : 1;
const seed = Number(values.seed ?? 1);
if (!(wanted > 0) || !Number.isInteger(seed) || !Number.isInteger(one ?? 0)) {
  console.error('Give --events a number above 0; --seed and --game whole numbers.');
  process.exit(1);
}

const seen = new Map<string, number>();
const started = performance.now();
let [events, games, told] = [0, 0, started];
for (; events < wanted; games++) {
  const game = one ?? seed * 1_000_003 + games;
  try {
    events += playGame(game, seen, games % 10 === 0);
  } catch (error) {
    console.error(`Game ${game}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
  if (performance.now() - told < 10_000) continue;
  told = performance.now();
  const perSecond = Math.round(events / ((told - started) / 1_000));
  console.log(`${events} events, ${games} games, ${perSecond} a second`);
}
const seconds = (performance.now() - started) / 1_000;
console.log(
  `${events} events in ${games} games of seed ${seed}: every invariant held, ${seconds.toFixed(0)} s`,
);
for (const [what, times] of [...seen].sort()) console.log(`${String(times).padStart(10)}  ${what}`);
