import { useEffect, useRef } from 'react';
import { type KeyPress, matches } from './shortcut.core.ts';

type Shortcuts = Readonly<Record<string, (() => void) | undefined>>;

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="menu"], [role="listbox"]';

function pressOf(event: KeyboardEvent): KeyPress {
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

/** What is on screen and wants keys; what was opened last is asked first, so a keypad gets the digits. */
const layers: { readonly current: Shortcuts }[] = [];

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.repeat) return;
  const press = pressOf(event);
  for (const layer of [...layers].reverse()) {
    for (const [combo, run] of Object.entries(layer.current)) {
      if (run === undefined || !matches(press, combo)) continue;
      event.preventDefault();
      run();
      return;
    }
  }
}

/** Combos (shortcut.core.ts) while this component is on screen. An entry without a function is switched off. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    if (layers.length === 0) addEventListener('keydown', onKey);
    layers.push(latest);
    return () => {
      layers.splice(layers.indexOf(latest), 1);
      if (layers.length === 0) removeEventListener('keydown', onKey);
    };
  }, []);
}
