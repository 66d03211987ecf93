import { expect, it } from 'vitest';
import type { OverflowTarget } from '#shared/model/routing.ts';
import { readTarget, targetKey } from './target.core.ts';

it('S17: every overflow target survives the list it is chosen from', () => {
  const targets: OverflowTarget[] = [
    { kind: 'queue', queueId: 'gold:1.a' },
    { kind: 'flow', flowId: 'main' },
    { kind: 'voicemail' },
  ];
  expect(targets.map(targetKey).map(readTarget)).toEqual(targets);
});
