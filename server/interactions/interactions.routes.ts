import type { CommandTable, Mounts, Principal } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { InteractionDetail } from '#shared/contract/interactions.ts';
import { recordingPath } from '#shared/contract/interactions.ts';
import { idSchema } from '#shared/model/ids.ts';
import type { Interactions } from './types.ts';

/** What the room's endpoints stand on. */
export interface InteractionsParts {
  readonly interactions: Interactions;
  readonly people: Pick<People, 'may' | 'authorize'>;
  /** Absolute path of the folder with the recordings. */
  readonly recordings: string;
}

/**
 * History, recordings, and the list of dispositions. Without `history.all` an agent sees its own contacts, and every contact
 * of a customer: what was promised to a customer must be readable by whoever talks to it next.
 */
export function interactionsRoutes(
  { interactions, people, recordings }: InteractionsParts,
  { mount, mountFile }: Mounts,
): void {
  mount(endpoints.listInteractions, ({ principal, query }) => {
    const everybody = people.may(principal, 'history.all') || query.customer !== undefined;
    return interactions.history(everybody ? query : { ...query, agent: principal.user.id });
  });

  mount(endpoints.getInteraction, async ({ principal, params }) => {
    const detail = await interactions.detail(params.id);
    if (!people.may(principal, 'history.all') && detail.customer === null && !tookPart(detail, principal))
      throw new AppError('forbidden', 'This contact is not one of yours.');
    return detail;
  });

  mountFile({
    path: recordingPath(':id'),
    async open(principal, request) {
      people.authorize(principal, 'recording.own');
      const { id: given } = request.params as { readonly id?: unknown };
      const { data: id } = idSchema.safeParse(given);
      if (id === undefined) throw new AppError('bad-request', 'This is not the id of a contact.');
      if (!people.may(principal, 'recording.all')) {
        const { agent } = await interactions.detail(id);
        if (agent?.id !== principal.user.id)
          throw new AppError('forbidden', 'This recording is not one of yours.');
      }
      const file = await interactions.recordingFile(id);
      if (file === undefined) throw new AppError('recording.none', 'There is no recording of this contact.');
      return { folder: recordings, file, name: `recording-${id}.wav`, type: 'audio/wav' };
    },
  });

  mount(endpoints.setDisposition, async ({ principal, params: { id }, body }) => {
    const disposition = { id, ...body };
    await interactions.setDisposition(disposition, principal.user.id);
    return disposition;
  });

  mount(endpoints.removeDisposition, async ({ principal, params: { id } }) => {
    await interactions.removeDisposition(id, principal.user.id);
    return {};
  });
}

export const interactionsCommands = ({ interactions }: InteractionsParts): CommandTable => ({
  'notes.save': async ({ user }, { interactionId, notes, base }) => ({
    rev: await interactions.saveNotes(interactionId, user.id, notes, base),
  }),
  'disposition.set': async ({ user }, { interactionId, disposition }) => {
    await interactions.dispose(interactionId, user.id, disposition);
    return {};
  },
});

function tookPart(detail: InteractionDetail, { user }: Principal): boolean {
  return detail.agent?.id === user.id || detail.timeline.some((entry) => entry.agent?.id === user.id);
}
