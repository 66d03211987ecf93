import { useEffect, useRef } from 'react';
import classes from './level-meter.module.css';

const BARS = 8;

/** A live level, 0 to 1, drawn without rendering React at each reading. */
export function LevelMeter({ read, label, testId }: { read: () => number; label: string; testId?: string }) {
  const meter = useRef<HTMLSpanElement>(null);
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  useEffect(() => {
    let shown = -1;
    const timer = setInterval(() => {
      const node = meter.current;
      if (node === null) return;
      const level = latest.current();
      const lit = Math.round(level * BARS);
      if (lit === shown) return;
      shown = lit;
      node.setAttribute('aria-valuenow', String(Math.round(level * 100)));
      node.dataset.level = level.toFixed(2);
      Array.from(node.children).forEach((bar, index) => {
        bar.classList.toggle(classes.lit ?? 'lit', index < lit);
      });
    }, 80);
    return () => clearInterval(timer);
  }, []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element is drawn by the browser, and never as bars
    <span
      ref={meter}
      className={classes.meter}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
      title={label}
      data-testid={testId}
    >
      {Array.from({ length: BARS }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places
        <span key={index} />
      ))}
    </span>
  );
}
