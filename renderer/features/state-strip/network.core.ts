type NetworkHealth = 'good' | 'fair' | 'poor' | 'lost';

/** Round trip in ms and loss in percent, as ITU-T G.114 and E-model practice grade them for speech. */
export function networkHealth(now: {
  readonly connected: boolean;
  readonly rtt: number | undefined;
  readonly loss: number;
}): NetworkHealth {
  if (!now.connected) return 'lost';
  const rtt = now.rtt ?? 0;
  if (now.loss >= 5 || rtt >= 400) return 'poor';
  if (now.loss >= 1 || rtt >= 200) return 'fair';
  return 'good';
}
