import { useEffect, useState } from 'react';
import { serverNow } from '../stores/connection.ts';
import { formatLeft, formatSpan } from '../stores/time.core.ts';

/** The server's clock, read anew every `every` ms. */
export function useServerNow(every = 500): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), every);
    return () => clearInterval(timer);
  }, [every]);
  // A changed clock offset may make the kept value older than a fresh reading; the fresh one is right.
  return Math.max(now, serverNow());
}

interface TimerProps {
  readonly testId?: string;
  readonly label?: string;
  readonly className?: string;
}

const attributes = ({ testId, label, className }: TimerProps) => ({
  className: `tabular ${className ?? ''}`,
  ...(testId === undefined ? {} : { 'data-testid': testId }),
  ...(label === undefined ? {} : { 'aria-label': label, role: 'timer' }),
});

/** Time passed since an instant of the server's clock; stands still at `until`. */
export function Since({ at, until, ...rest }: TimerProps & { at: number; until?: number | null }) {
  const now = useServerNow();
  return <span {...attributes(rest)}>{formatSpan((until ?? now) - at)}</span>;
}

/** Time left until an instant of the server's clock. */
export function Left({ until, ...rest }: TimerProps & { until: number }) {
  const now = useServerNow(250);
  return <span {...attributes(rest)}>{formatLeft(until - now)}</span>;
}
