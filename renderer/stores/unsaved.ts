import { useEffect } from 'react';
import { create } from 'zustand';

/** The address on which somebody has typed something that is not saved; undefined when everything is. */
export const useUnsaved = create<{ readonly at: string | undefined }>()(() => ({ at: undefined }));

export const hashLocation = (): string => `/${location.hash.replace(/^#?\/?/, '')}`;

/** Changes were saved or given up: the way is free at once. */
export const letGo = (): void => useUnsaved.setState({ at: undefined });

const warn = (event: BeforeUnloadEvent) => event.preventDefault();

/** While `dirty`, leaving this address asks first (`LeaveGuard`), and so does closing the window. */
export function useKeepsUnsaved(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    useUnsaved.setState({ at: hashLocation() });
    addEventListener('beforeunload', warn);
    return () => {
      removeEventListener('beforeunload', warn);
      letGo();
    };
  }, [dirty]);
}
