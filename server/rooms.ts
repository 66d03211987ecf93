import { kernelFacts } from '#shared/model/facts/index.ts';
import { customersRoom } from './customers/index.ts';
import { deskRoom } from './desk/index.ts';
import { interactionsRoom } from './interactions/index.ts';
import { ivrRoom } from './ivr/index.ts';
import { type Db, journalMigrations, type Migration, type Projection, type Room } from './kernel/index.ts';
import { peopleRoom } from './people/index.ts';
import { routingRoom } from './routing/index.ts';
import { callsRoom } from './telephony/calls/index.ts';

const kernelRoom: Room = {
  name: 'kernel',
  facts: kernelFacts,
  permissions: {},
  migrations: journalMigrations,
  projections: [],
};

export { callsRoom, customersRoom, deskRoom, interactionsRoom, ivrRoom, peopleRoom, routingRoom };

/** The house, from the ground up. */
export const rooms = [
  kernelRoom,
  peopleRoom,
  customersRoom,
  interactionsRoom,
  routingRoom,
  callsRoom,
  ivrRoom,
  deskRoom,
] as const;

/** As much of a room as is known before it is built. */
type Plan = Pick<Room, 'name' | 'facts' | 'migrations' | 'projections' | 'derived' | 'derive'>;
const plans: readonly Plan[] = rooms;

export const migrations: readonly Migration[] = plans.flatMap((room) => room.migrations);
export const projections: readonly Projection[] = plans.flatMap((room) => room.projections);
/** Tables that are made from others: see `Room.derived`. */
export const derived: ReadonlySet<string> = new Set(plans.flatMap((room) => room.derived ?? []));

/** Makes anew what is not copied with a centre. */
export async function derive(db: Db): Promise<void> {
  for (const room of plans) await room.derive?.(db);
}
