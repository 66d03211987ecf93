export const WRONG_IN_A_ROW = 10;
export const LOCK_MS = 15 * 60_000;

/** Where one name stands between right and wrong passwords. */
export interface LockState {
  readonly wrong: number;
  readonly lockedUntil: number;
}

export const unlocked: LockState = { wrong: 0, lockedUntil: 0 };

/**
 *     open(0) --wrong--> open(1) --wrong--> ... open(9) --wrong--> locked --15 min--> open(0)
 *        ^------------------------right----------'
 *
 * A lock that has run out counts from nothing again. A right password is not even tried while locked.
 */
export const isLocked = (state: LockState, now: number): boolean => state.lockedUntil > now;

/** The state after one more wrong password; `locked` is true when this one closed the door. */
export function afterWrong(state: LockState, now: number): { state: LockState; locked: boolean } {
  const wrong = (state.lockedUntil !== 0 && !isLocked(state, now) ? 0 : state.wrong) + 1;
  if (wrong < WRONG_IN_A_ROW) return { state: { wrong, lockedUntil: 0 }, locked: false };
  return { state: { wrong, lockedUntil: now + LOCK_MS }, locked: true };
}
