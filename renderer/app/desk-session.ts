import type { QueryClient } from '@tanstack/react-query';
import i18next from 'i18next';
import type { Desk } from '#shared/contract/desk.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { SipCredentials } from '#shared/contract/people.ts';
import { formatNumber } from '#shared/model/phone.ts';
import { shownName } from '../components/default-names.ts';
import { showNotice, showProblem } from '../components/problems.ts';
import {
  answer,
  clearPending,
  resendMute,
  settleChoice,
  settleMute,
  whenActionFails,
} from '../stores/actions.ts';
import { call, whenSessionLost } from '../stores/api.ts';
import { reconnectNow, startConnection, stopConnection, useConnection } from '../stores/connection.ts';
import { callerName, type Happening } from '../stores/desk.core.ts';
import { closeNotesExcept, notesFromServer, retryNotes, whenNotesLost } from '../stores/notes.ts';
import { forgetOffer, softphone, startPhone, stopPhone, usePhone, whenCallFails } from '../stores/phone.ts';
import { endSession, useSession } from '../stores/session.ts';
import { formatSpan } from '../stores/time.core.ts';
import { clearNotification, notifyOffer } from './desktop-bridge.ts';
import { forgetRejoin, watchRejoin } from './rejoin.ts';

/** A network that is said to be gone is tried once; without an answer in this time it is gone, ms. */
const VERIFY_WITHIN = 2500;

/** Ties socket, phone, notes and shell together for as long as somebody is signed in. Returns the undoing. */
export function runDesk(sip: SipCredentials | null, queries: QueryClient): () => void {
  startPhone(sip);
  startConnection({
    onDesk: (desk, before) => deskChanged(desk, before, queries),
    onHappening: tell,
    onLost: () => {},
    onListsChanged() {
      for (const key of ['lists', 'routing']) void queries.invalidateQueries({ queryKey: [key] });
    },
    onBack() {
      showNotice(i18next.t('connection.back'), { id: 'connection-back' });
      retryNotes();
      resendMute();
      void queries.invalidateQueries();
    },
    onSignedOut: (reason) => endSession(reason === 'signed-out' ? 'signedOut' : reason),
    // Answers 401 through `whenSessionLost` if the session is gone, and nothing if only the socket was refused.
    onRefused: () => void call(endpoints.me).catch(() => {}),
  });
  const stopRejoin = watchRejoin();
  const offline = () => void verifyNetwork();
  const leaving = () => retryNotes();
  addEventListener('offline', offline);
  addEventListener('pagehide', leaving);
  const offAnswer = window.cordboard?.onAnswer((offerId) => {
    if (useConnection.getState().desk?.offer?.offerId === offerId) answer();
  });
  return () => {
    offAnswer?.();
    removeEventListener('offline', offline);
    removeEventListener('pagehide', leaving);
    stopRejoin();
    clearNotification();
    stopConnection();
    stopPhone();
    clearPending();
    queries.clear();
  };
}

/** Once for the page: where failures of stores are shown. */
export function listenToStores(): void {
  whenActionFails(showProblem);
  whenCallFails((problem) =>
    showNotice(i18next.t(`phone.problem.${problem}`), { id: 'call-failed', stay: true }),
  );
  whenSessionLost((code) => {
    if (useSession.getState().status === 'in') endSession(code === 'session.expired' ? 'expired' : 'revoked');
  });
  whenNotesLost((id, text, code) =>
    showNotice(text, {
      id: `notes-${id}`,
      stay: true,
      title: `${i18next.t('notes.lostTitle')} (${i18next.t('common.code', { code })})`,
    }),
  );
}

function deskChanged(desk: Desk, before: Desk | undefined, queries: QueryClient): void {
  const { work, offer } = desk;
  const inCall = work !== null && work.phase !== 'wrap-up' ? work : undefined;
  if (work !== null) notesFromServer(work.interactionId, work.notes, work.notesRev);
  closeNotesExcept(work === null ? [] : [work.interactionId]);
  softphone.inHand(inCall?.interactionId);
  settleMute(inCall);
  settleChoice(desk);
  if (usePhone.getState().wanted !== offer?.offerId) forgetOffer();
  if (inCall === undefined) forgetRejoin();
  if (offer?.offerId !== before?.offer?.offerId) {
    if (offer === null) clearNotification();
    else {
      const name = callerName(offer);
      notifyOffer({
        offerId: offer.offerId,
        title: i18next.t('offer.notification', {
          name: name === undefined ? i18next.t('common.anonymous') : formatNumber(name),
        }),
        body: i18next.t('offer.notificationBody', {
          queue: shownName(i18next, 'queue', offer.queue),
          time: formatSpan(desk.now - offer.arrivedAt),
        }),
      });
    }
    window.cordboard?.setBadge(offer === null ? 0 : 1);
  }
  if (before?.work !== null && before?.work?.interactionId !== work?.interactionId) {
    void queries.invalidateQueries({ queryKey: ['interactions'] });
  }
}

function tell(happening: Happening): void {
  if (happening.kind === 'call-ended') return;
  const stay = happening.kind !== 'restarted';
  const name = 'name' in happening ? formatNumber(happening.name) || i18next.t('common.unknownCaller') : '';
  const words =
    happening.kind === 'restarted'
      ? i18next.t('connection.restarted')
      : happening.kind === 'call-lost'
        ? i18next.t('connection.callLost', { name })
        : i18next.t('connection.restartedCallLost', { name });
  showNotice(words, { id: 'server', stay });
}

/** The machine says that it is offline; a server on this very machine may still be there. */
async function verifyNetwork(): Promise<void> {
  try {
    await call(endpoints.me, { signal: AbortSignal.timeout(VERIFY_WITHIN) });
  } catch {
    reconnectNow();
  }
}
