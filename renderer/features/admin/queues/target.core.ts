import type { OverflowTarget } from '#shared/model/routing.ts';

/** A target as one text, for the list it is chosen from. */
export function targetKey(target: OverflowTarget): string {
  if (target.kind === 'queue') return `queue/${target.queueId}`;
  return target.kind === 'flow' ? `flow/${target.flowId}` : 'voicemail';
}

/** Ids hold no `/`. */
export function readTarget(key: string): OverflowTarget {
  const [kind, id = ''] = key.split('/');
  if (kind === 'queue') return { kind: 'queue', queueId: id };
  return kind === 'flow' ? { kind: 'flow', flowId: id } : { kind: 'voicemail' };
}
