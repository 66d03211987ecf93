import { useEffect, useRef, useState } from 'react';
import { DOUBLE_WITHIN, doublePress } from '../../components/shortcut.core.ts';

const OVERLAYS = '[role="dialog"], [role="menu"], [role="listbox"]';

/** Escape twice hangs up, also while typing; not while something is open that Escape closes. True after the first press. */
export function useHangUpKey(hangUp: () => void): boolean {
  const [armed, setArmed] = useState(false);
  const run = useRef(hangUp);
  useEffect(() => {
    run.current = hangUp;
  });
  useEffect(() => {
    let last: number | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      // Before anything else has closed itself by this very press.
      if (event.key !== 'Escape' || event.isComposing || document.querySelector(OVERLAYS) !== null) return;
      const press = doublePress(last, event.timeStamp, event.repeat);
      last = press.last;
      clearTimeout(timer);
      setArmed(last !== undefined);
      if (last !== undefined) timer = setTimeout(() => setArmed(false), DOUBLE_WITHIN);
      if (press.fire) run.current();
    };
    addEventListener('keydown', onKey, { capture: true });
    return () => {
      clearTimeout(timer);
      removeEventListener('keydown', onKey, { capture: true });
    };
  }, []);
  return armed;
}
