import { useState } from 'react';
import { useKeepsUnsaved } from '../../stores/unsaved.ts';
import { same } from './admin.core.ts';

/**
 * What a person makes of `value`. A change on the server is taken over at once as long as nothing is changed here;
 * otherwise the draft stays, and `elsewhere` says so.
 */
export function useDraft<T>(value: T) {
  const [base, setBase] = useState(value);
  const [draft, setDraft] = useState(value);
  const adopt = () => {
    setBase(value);
    setDraft(value);
  };
  const dirty = !same(draft, base);
  const moved = !same(value, base);
  if (moved && (!dirty || same(draft, value))) adopt();
  useKeepsUnsaved(dirty);
  return { draft, setDraft, dirty, elsewhere: moved && dirty, adopt };
}
