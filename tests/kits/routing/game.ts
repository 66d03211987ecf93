import { RoutingCore } from '#server/routing/routing.core.ts';
import { seeded } from '#shared/model/random.ts';
import { Model } from './model.ts';
import { must } from './records.ts';
import type { World } from './world.ts';

/**
 * Plays the game of this seed to its end; how many events it took. With `again` it is played a second time, which must
 * give the same bytes (R18).
 */
export function playGame(seed: number, seen: Map<string, number>, again = false): number {
  const random = seeded(seed);
  const code = (): number => Math.floor(random() * 2 ** 31);
  const model = new Model(code(), seen, again);
  for (let moves = 400 + (code() % 1_200); moves > 0; moves--) model.play(code());
  model.settle();
  if (again) for (const world of [...model.past, model.world]) replay(world);
  return model.events;
}

function replay(world: World): void {
  let offers = world.firstOffer;
  const core = new RoutingCore({ newOfferId: () => `o${++offers}`, random: seeded(1) });
  const effects = world.log.flatMap(({ event, now }) => core.handle(event, now));
  must(JSON.stringify(effects) === JSON.stringify(world.effects), 'played again it gives other effects');
  must(JSON.stringify(core.agents()) === JSON.stringify(world.core.agents()), 'played again, other agents');
}

/** Everything that must have happened in games enough: every state entered and left, every way an item can go. */
export const EXPECTED: readonly string[] = [
  'agent idle -> not-ready',
  'agent idle -> offered',
  'agent idle -> offline',
  'agent not-ready -> idle',
  'agent not-ready -> not-ready',
  'agent not-ready -> offline',
  'agent not-responding -> idle',
  'agent not-responding -> not-ready',
  'agent not-responding -> offline',
  'agent offered -> idle',
  'agent offered -> not-ready',
  'agent offered -> not-responding',
  'agent offered -> offline',
  'agent offered -> on-work',
  'agent offline -> idle',
  'agent offline -> not-ready',
  'agent offline -> not-responding',
  'agent offline -> on-work',
  'agent offline -> wrap-up',
  'agent on-work -> idle',
  'agent on-work -> not-ready',
  'agent on-work -> not-responding',
  'agent on-work -> offered',
  'agent on-work -> offline',
  'agent on-work -> wrap-up',
  'agent wrap-up -> idle',
  'agent wrap-up -> not-ready',
  'agent wrap-up -> not-responding',
  'agent wrap-up -> offered',
  'agent wrap-up -> offline',
  'agent wrap-up -> on-work',
  'called back',
  'in-hands -> ended abandoned',
  'in-hands -> ended completed',
  'in-hands -> ended failed',
  'moved: closed',
  'moved: ewt',
  'moved: length',
  'moved: moved',
  'moved: no-agents',
  'moved: transferred',
  'moved: waited',
  'next state chosen',
  'next state gone',
  'not mine: busy',
  'not mine: held-for-another',
  'not mine: left-alone',
  'not mine: no-phone',
  'not mine: not-ready',
  'not mine: not-responding',
  'not mine: offered-other',
  'not mine: signed-out',
  'not mine: skills',
  'not mine: tier',
  'offer accepted',
  'offer busy',
  'offer declined',
  'offer failed',
  'offer no-answer',
  'offer revoked',
  'offered on top of work',
  'offered to several',
  'offered: fewest-handled',
  'offered: least-talk-time',
  'offered: linear',
  'offered: longest-idle',
  'offered: most-skilled',
  'offered: only-agent',
  'offered: preferred',
  'offered: random',
  'offered: ring-all',
  'offered: round-robin',
  'refused conflict',
  'refused not-found',
  'refused offer.gone',
  'refused queue.closed',
  'refused queue.full',
  'refused queue.unknown',
  'refused work.unknown',
  'refused wrap-up.none',
  'restart',
  'waiting -> ended abandoned',
  'waiting -> ended failed',
  'waiting -> ended overflowed',
  'waiting -> ended refused',
  'why: all-busy',
  'why: all-not-ready',
  'why: held',
  'why: left-alone',
  'why: no-skill',
  'why: nobody-serves',
  'why: nobody-signed-in',
  'wrap-up ended by agent.removed',
  'wrap-up ended by offer.accepted',
  'wrap-up ended by wrap-up.expired',
  'wrap-up ended by wrap-up.finished',
  'wrap-up extended',
  'wrap-up mandatory',
  'wrap-up mandatory-timed',
  'wrap-up optional',
  'wrap-up timed',
];
