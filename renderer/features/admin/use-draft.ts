import { useState } from 'react';
import { useKeepsUnsaved } from '../../stores/unsaved.ts';
import { same } from './admin.core.ts';

/**
 * What a person makes of `value`. A change on the server is taken over at once as long as nothing is changed here;
 * otherwise the draft stays, and `elsewhere` says so. What was saved from here (`saved`) is no such change.
 */
export function useDraft<T>(value: T) {
  const [base, setBase] = useState(value);
  const [draft, setDraft] = useState(value);
  const [mine, setMine] = useState<T>();
  const adopt = () => {
    setBase(value);
    setDraft(value);
    setMine(undefined);
  };
  /** `submitted` is on the server now, as `stored`; what was typed since stays. */
  const saved = (submitted: T, stored: T) => {
    setDraft((now) => (now === submitted ? stored : now));
    setMine(stored);
  };
  const dirty = !same(draft, base);
  const moved = !same(value, base);
  if (moved && (!dirty || same(draft, value))) adopt();
  else if (moved && mine !== undefined && same(value, mine)) {
    setBase(value);
    setMine(undefined);
  }
  useKeepsUnsaved(dirty);
  return { draft, setDraft, dirty, elsewhere: moved && dirty, adopt, saved };
}
