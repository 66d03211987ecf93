const WIDTH = 30;

/** A bar on a terminal, on standard error so that it spoils no output; nothing elsewhere. */
export function progressBar(stream: NodeJS.WriteStream = process.stderr): {
  at(share: number): void;
  end(): void;
} {
  if (!stream.isTTY) return { at: () => {}, end: () => {} };
  let shown = -1;
  return {
    at(share) {
      const percent = Math.floor(share * 100);
      if (percent === shown) return;
      shown = percent;
      const full = Math.round(share * WIDTH);
      stream.write(`\r[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}] ${String(percent).padStart(3)}%`);
    },
    end: () => void stream.write('\r\x1b[K'),
  };
}
