import { describe, expect, it } from 'vitest';
import { onto } from './agent-changes.core.ts';

const base = { id: 'a', profileId: 'p', rank: 1, skills: { french: 2, billing: 3 } };

describe('two people set the same agent', () => {
  it('each keeps what the other changed elsewhere', () => {
    const latest = { id: 'a', profileId: 'q', rank: 1, skills: { french: 2, billing: 4, sales: 1 } };
    const draft = { ...base, rank: 7, skills: { french: 5, billing: 3 } };
    expect(onto(latest, base, draft)).toEqual({
      id: 'a',
      profileId: 'q',
      rank: 7,
      skills: { french: 5, billing: 4, sales: 1 },
    });
  });

  it('of the same cell the later one’s stands; a skill taken away is gone', () => {
    const latest = { ...base, profileId: 'q', skills: { french: 4, billing: 3 } };
    const draft = { ...base, profileId: 'r', skills: { french: 1 } };
    expect(onto(latest, base, draft)).toEqual({ id: 'a', profileId: 'r', rank: 1, skills: { french: 1 } });
  });
});
