import type { Room } from '#server/kernel/index.ts';
import { peoplePermissions } from '#shared/contract/people.ts';
import { peopleFacts } from '#shared/model/facts/index.ts';
import { type PeopleParts, peopleRoutes } from './people.routes.ts';
import { peopleMigrations } from './people.store.ts';

export const peopleRoom: Room<PeopleParts> = {
  name: 'people',
  facts: peopleFacts,
  permissions: peoplePermissions,
  migrations: peopleMigrations,
  projections: [],
  routes: peopleRoutes,
  stop: ({ people }) => people.stop(),
};
