import { describe, expect, it } from 'vitest';
import { dueIn, reasonsOf, scoreRows, totalOf } from './waiting.core.ts';

const score = (over: Partial<Parameters<typeof scoreRows>[0]['score']>) => ({
  score: { priority: 0, ageing: 0, urgency: 0, boost: 0, total: 0, ...over },
});

describe('why work waits', () => {
  it('W1: terms of the score stand in the order of the formula, without those that add nothing', () => {
    const rows = scoreRows(score({ boost: 3600, urgency: -12.4, ageing: 7.6 }));
    expect(rows).toEqual([
      ['ageing', 8],
      ['urgency', -12],
      ['boost', 3600],
    ]);
  });
  it('W2: the waiting term is always shown, and nothing is ever minus zero', () => {
    const [[term, points] = []] = scoreRows(score({ ageing: -0.2 }));
    expect([term, Object.is(points, 0)]).toEqual(['ageing', true]);
  });
  it('W5: the total shown is that of the terms shown', () => {
    expect(totalOf(score({ ageing: 1.4, urgency: -18.6, total: -17.2 }))).toBe(-18);
  });
  it('W3: reasons are counted, most common first; of equal ones the earlier rule first', () => {
    expect(reasonsOf({ busy: 2, 'signed-out': 5, free: 0, skills: 2 })).toEqual([
      ['signed-out', 5],
      ['skills', 2],
      ['busy', 2],
    ]);
  });
  it('W4: work is late from the instant after its due time', () => {
    expect(dueIn(1_000, 1_000)).toEqual({ late: false, ms: 0 });
    expect(dueIn(1_000, 3_000)).toEqual({ late: true, ms: 2_000 });
  });
});
