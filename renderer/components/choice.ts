import { useState } from 'react';

/**
 * For a searchable list to choose from: what fits best is highlighted as soon as something is typed, so that Enter
 * takes it; and while the list is open it stands still, since a line that came or went elsewhere would move the others
 * under the person's hands.
 */
export function useChoice<T>(data: readonly T[]) {
  const [still, setStill] = useState<readonly T[]>();
  return {
    searchable: true,
    data: still ?? data,
    onDropdownOpen: () => setStill(data.length > 0 ? data : undefined),
    onDropdownClose: () => setStill(undefined),
    selectFirstOptionOnChange: true,
    // Without it the list looks for its active line a moment after it opened, and lets go of what a key has highlighted.
    selectFirstOptionOnDropdownOpen: true,
  } as const;
}
