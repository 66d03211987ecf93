import type { Mounts, Room } from '#server/kernel/index.ts';
import { endpoints } from '#shared/contract/index.ts';
import { ivrFacts } from '#shared/model/facts/index.ts';
import { ivrMigrations } from './ivr.store.ts';
import type { Ivr } from './types.ts';

export interface IvrParts {
  readonly ivr: Ivr;
  /** Of the addresses that the customer's page dials. */
  readonly sipDomain: string;
}

export const ivrRoom: Room<IvrParts> = {
  name: 'ivr',
  facts: ivrFacts,
  permissions: {},
  migrations: ivrMigrations,
  projections: [],
  routes: ivrRoutes,
};

function ivrRoutes({ ivr, sipDomain }: IvrParts, { mountPublic }: Mounts): void {
  mountPublic(endpoints.callPage, () => ({ domain: sipDomain, numbers: ivr.numbers() }));
}
