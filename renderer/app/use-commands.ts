import { useTranslation } from 'react-i18next';
import type { PaletteCommand } from '../features/palette/palette.tsx';
import {
  answer,
  decline,
  extendWrapUp,
  finishWrapUp,
  hangUp,
  toggleHold,
  toggleMute,
  togglePresence,
} from '../stores/actions.ts';
import { useConnection } from '../stores/connection.ts';
import { toggleTarget } from '../stores/desk.core.ts';
import { usePreferences } from '../stores/preferences.ts';
import { signOut, useMay } from '../stores/session.ts';

/** What can be done now, for the palette: only commands that make sense in this state. */
export function useCommands(navigate: (path: string) => void, help: () => void): PaletteCommand[] {
  const { t } = useTranslation();
  const desk = useConnection((s) => s.desk);
  const seesBoard = useMay('board.read');
  const seesSetup = useMay('routing.read');
  const { language, scheme, set } = usePreferences();
  const commands: PaletteCommand[] = [];
  const add = (id: string, label: string, run: () => void, keys?: string) =>
    commands.push({ id, label, run, ...(keys === undefined ? {} : { keys }) });
  if (desk?.offer != null) {
    add('answer', t('offer.answer'), answer, 'A');
    add('decline', t('offer.decline'), () => void decline(), 'D');
  }
  const phase = desk?.work?.phase;
  if (desk?.work != null && phase !== 'wrap-up') {
    add('mute', t(desk.work.muted ? 'call.unmute' : 'call.mute'), () => void toggleMute(), 'M');
    add('hold', t(phase === 'held' ? 'call.retrieve' : 'call.hold'), () => void toggleHold(), 'H');
    add('hang-up', t('call.hangUp'), () => void hangUp(), 'Esc Esc');
  }
  if (phase === 'wrap-up') {
    add('extend', t('wrapUp.extend'), () => void extendWrapUp(), 'E');
    add('finish', t('wrapUp.finish'), () => void finishWrapUp(), 'Ctrl Enter');
  }
  if (desk !== undefined) {
    const target = toggleTarget(desk);
    add(
      'presence',
      t(target === 'available' ? 'presence.goAvailable' : 'presence.goNotReady'),
      () => void togglePresence(),
      'P',
    );
  }
  add('desk', t('nav.desk'), () => navigate('/'), 'W');
  add('history', t('nav.history'), () => navigate('/history'), 'Y');
  add('customers', t('nav.customers'), () => navigate('/customers'), 'U');
  if (seesBoard) add('board', t('nav.board'), () => navigate('/board'), 'B');
  if (seesSetup) add('setup', t('nav.setup'), () => navigate('/admin'), 'S');
  add('language', t('language.switchTo'), () => set({ language: language === 'en' ? 'zh-CN' : 'en' }));
  add('scheme', t(scheme === 'light' ? 'theme.toDark' : 'theme.toLight'), () =>
    set({ scheme: scheme === 'light' ? 'dark' : 'light' }),
  );
  add('help', t('nav.shortcuts'), help, 'F1');
  if (phase === undefined) add('sign-out', t('strip.signOut'), () => void signOut());
  return commands;
}
