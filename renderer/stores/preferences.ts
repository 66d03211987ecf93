import { create } from 'zustand';
import { persist } from 'zustand/middleware';

/** What a person set for this browser. Nothing here is secret. */
interface Preferences {
  readonly language: 'en' | 'zh-CN';
  readonly scheme: 'light' | 'dark';
  /** Device ids; '' is the system's default. */
  readonly microphone: string;
  readonly speaker: string;
  readonly ringer: string;
  /** 0 to 1. */
  readonly ringVolume: number;
  set(change: Partial<Omit<Preferences, 'set'>>): void;
}

const ofBrowser = () => ({
  language: globalThis.navigator?.language?.toLowerCase().startsWith('zh')
    ? ('zh-CN' as const)
    : ('en' as const),
  scheme: globalThis.matchMedia?.('(prefers-color-scheme: dark)').matches
    ? ('dark' as const)
    : ('light' as const),
});

export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      ...ofBrowser(),
      microphone: '',
      speaker: '',
      ringer: '',
      ringVolume: 0.7,
      set: (change) => set(change),
    }),
    { name: 'cordboard.preferences', version: 1 },
  ),
);
