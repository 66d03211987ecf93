import type { Room } from '#server/kernel/index.ts';
import { deskSchema } from '#shared/contract/desk.ts';
import { endpoints } from '#shared/contract/index.ts';
import { boardSchema, supervisionPermissions } from '#shared/contract/supervision.ts';
import { boardView, type DeskSources, deskView } from './desk.views.ts';

/** A supervisor's board is renewed at most this often. */
const BOARD_MS = 1_000;

/** What agents and supervisors see of the present: the topics `desk` and `board`. It tells no facts and keeps nothing. */
export const deskRoom: Room<DeskSources & { readonly now: () => number }> = {
  name: 'desk',
  facts: [],
  permissions: supervisionPermissions,
  migrations: [],
  projections: [],
  topics: (sources) => [
    { kind: 'own', name: 'desk', schema: deskSchema, of: (userId) => deskView(sources, userId) },
    {
      kind: 'shared',
      name: 'board',
      schema: boardSchema,
      permission: 'board.read',
      everyMs: BOARD_MS,
      of: () => boardView(sources),
    },
  ],
  routes(sources, { mount }) {
    mount(endpoints.board, () => ({ ...boardView(sources), rev: 0, epoch: '', now: sources.now() }));
  },
};
