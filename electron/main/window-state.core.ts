export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const DEFAULT_SIZE = { width: 1280, height: 800 } as const;
export const MINIMUM_SIZE = { width: 900, height: 600 } as const;

/**
 * Where to open the window: where it was, if enough of its title bar lies on a screen that is still there; otherwise
 * its size alone, and the system finds the place. `screens` are the work areas now.
 */
export function placeWindow(
  saved: Box | undefined,
  screens: readonly Box[],
): { width: number; height: number; x?: number; y?: number } {
  if (!saved) return { ...DEFAULT_SIZE };
  const size = {
    width: Math.max(MINIMUM_SIZE.width, Math.round(saved.width)),
    height: Math.max(MINIMUM_SIZE.height, Math.round(saved.height)),
  };
  const reachable = screens.some((screen) => {
    const across = Math.min(saved.x + size.width, screen.x + screen.width) - Math.max(saved.x, screen.x);
    return across >= 100 && saved.y >= screen.y && saved.y < screen.y + screen.height - 40;
  });
  return reachable ? { ...size, x: Math.round(saved.x), y: Math.round(saved.y) } : size;
}
