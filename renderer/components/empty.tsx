import type { ReactNode } from 'react';

/** Says what would be here and what to do to get it. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title?: string; children?: ReactNode }) {
  return (
    <div style={{ padding: '28px 20px', textAlign: 'center', color: 'var(--mantine-color-dimmed)' }}>
      {icon === undefined ? null : <div style={{ marginBottom: 8, opacity: 0.7 }}>{icon}</div>}
      {title === undefined ? null : (
        <div style={{ fontSize: 16, fontWeight: 600, color: 'var(--mantine-color-text)', marginBottom: 4 }}>
          {title}
        </div>
      )}
      <div>{children}</div>
    </div>
  );
}
