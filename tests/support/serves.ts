import type { RoutingService } from '#server/routing/index.ts';
import { profileDefaults, type Skills } from '#shared/model/routing.ts';

/** Puts an agent into these queues, in this order, with a profile made for them. Resolves once it is in force. */
export async function serves(
  routing: RoutingService,
  id: string,
  queues: readonly string[],
  skills: Skills = {},
): Promise<void> {
  const { capacity, interrupts } = profileDefaults;
  const profileId = ['serves', ...queues].join('.');
  const profile = {
    id: profileId,
    name: profileId,
    queues: queues.map((queueId) => ({ queueId, tier: 1 })),
    capacity,
    interrupts: Object.fromEntries(Object.entries(interrupts).map(([channel, over]) => [channel, [...over]])),
  };
  await routing.setProfile(profile, {}, 'test');
  await routing.setAgent({ id, profileId, skills, rank: 1 }, {}, 'test');
}
