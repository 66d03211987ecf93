export { type BucketLimit, Buckets } from './buckets.core.ts';
export { peopleRoom } from './people.module.ts';
export type { PeopleParts, TakesWork } from './people.routes.ts';
export { createPeople, type PeopleOptions } from './people.service.ts';
export { peopleMigrations } from './people.store.ts';
export { isLoopback, sourceKey } from './source.core.ts';
export type { NewUser, People, Principal } from './types.ts';
