import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CORRECTABLE_MS, type InteractionDetail } from '#shared/contract/interactions.ts';
import { dateTime } from '../../components/dates.ts';
import { Dispositions } from '../../components/dispositions.tsx';
import { Notes } from '../../components/notes.tsx';
import { useServerNow } from '../../components/time.tsx';
import { setDisposition } from '../../stores/actions.ts';
import { holdNotes, notesFromServer, useNotes } from '../../stores/notes.ts';
import { useMay, useSession } from '../../stores/session.ts';

export function useCorrectable({ agent, endedAt }: InteractionDetail): boolean {
  const me = useSession((s) => s.user?.id);
  const takesWork = useMay('work.take');
  const now = useServerNow(10_000);
  return takesWork && agent !== null && agent.id === me && endedAt !== null && now - endedAt < CORRECTABLE_MS;
}

/** Notes and disposition of a contact that is over, as on the desk: saved as typed, merged with what others wrote. */
export function Corrections({ item }: { item: InteractionDetail }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [pending, setPending] = useState<string>();
  const { id, notes, notesRev } = item;
  const rev = useNotes((s) => s.open[id]?.base);
  const refresh = useCallback(
    () => queries.invalidateQueries({ queryKey: ['interaction', id] }),
    [queries, id],
  );

  useEffect(() => notesFromServer(id, notes, notesRev), [id, notes, notesRev]);
  useEffect(() => {
    const release = holdNotes(id);
    return () => {
      void release().then(() => {
        void refresh();
        void queries.invalidateQueries({ queryKey: ['interactions'] });
      });
    };
  }, [queries, id, refresh]);
  // What was saved here is on the server already: the timeline has a line more.
  useEffect(() => {
    if (rev !== undefined && rev > notesRev) void refresh();
  }, [rev, notesRev, refresh]);

  async function choose(disposition: string): Promise<void> {
    setPending(disposition);
    if (await setDisposition(id, disposition)) {
      await refresh();
      void queries.invalidateQueries({ queryKey: ['interactions'] });
    }
    setPending(undefined);
  }

  return (
    <>
      <Notes interactionId={id} notes={notes} />
      <Dispositions
        label={t('history.disposition')}
        chosen={pending ?? item.disposition?.id ?? null}
        onChoose={(disposition) => void choose(disposition)}
        keys={false}
      />
      <p className="dimmed">
        {t('history.correctable', { time: dateTime((item.endedAt ?? 0) + CORRECTABLE_MS) })}
      </p>
    </>
  );
}
