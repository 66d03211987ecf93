/** What the tray shows: no server, all well, or a caller waiting for an answer. */
export type TrayState = 'unreachable' | 'ready' | 'offer';

/** Blue, green, red of each state; the shapes differ too, for those who do not tell colours apart. */
const COLOURS: Readonly<Record<TrayState, readonly [number, number, number]>> = {
  unreachable: [0x8a, 0x8a, 0x8a],
  ready: [0x4a, 0xa0, 0x2f],
  offer: [0x20, 0x8b, 0xf0],
};

/**
 * The tray's picture as BGRA pixels: a ring while there is no server, a disc when all is well, a disc with a hole bar
 * for an offer. `size` in pixels.
 */
export function drawIcon(state: TrayState, size: number): Buffer {
  const pixels = Buffer.alloc(size * size * 4);
  const [blue, green, red] = COLOURS[state];
  const middle = (size - 1) / 2;
  const radius = size * 0.45;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const distance = Math.hypot(x - middle, y - middle);
      const hollow =
        (state === 'unreachable' && distance < radius * 0.6) ||
        (state === 'offer' && Math.abs(y - middle) < size * 0.1 && Math.abs(x - middle) < radius * 0.6);
      // One pixel of falling opacity at the rim keeps it smooth.
      const alpha = hollow ? 0 : Math.max(0, Math.min(1, radius - distance + 0.5));
      const at = (y * size + x) * 4;
      pixels[at] = Math.round(blue * alpha); // premultiplied, as Skia wants it
      pixels[at + 1] = Math.round(green * alpha);
      pixels[at + 2] = Math.round(red * alpha);
      pixels[at + 3] = Math.round(255 * alpha);
    }
  }
  return pixels;
}
