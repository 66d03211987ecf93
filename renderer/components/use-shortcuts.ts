import { useEffect, useRef } from 'react';
import { type KeyPress, matches } from './shortcut.core.ts';

export type Shortcuts = Readonly<Record<string, (() => void) | undefined>>;

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="menu"], [role="listbox"]';

export function pressOf(event: KeyboardEvent): KeyPress {
  const target = event.target instanceof Element ? event.target : null;
  return {
    key: event.key,
    code: event.code,
    alt: event.altKey,
    ctrl: event.ctrlKey,
    meta: event.metaKey,
    typing: event.isComposing || target?.closest(TYPING) != null,
  };
}

/** Combos (shortcut.core.ts) while this component is on screen. An entry without a function is switched off. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat) return;
      const press = pressOf(event);
      for (const [combo, run] of Object.entries(latest.current)) {
        if (run === undefined || !matches(press, combo)) continue;
        event.preventDefault();
        run();
        return;
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
