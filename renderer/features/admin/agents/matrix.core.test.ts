import { describe, expect, it } from 'vitest';
import { levelOf, nextLevel, step, withLevel } from './matrix.core.ts';

describe('the matrix of agents and skills', () => {
  it('S18: arrows, Home and End move, and stop at the edges', () => {
    const go = (key: string) => step({ row: 0, column: 1 }, key, 2, 3);
    expect(go('ArrowUp')).toEqual({ row: 0, column: 1 });
    expect(go('ArrowDown')).toEqual({ row: 1, column: 1 });
    expect(go('ArrowLeft')).toEqual({ row: 0, column: 0 });
    expect(go('End')).toEqual({ row: 0, column: 2 });
    expect(step({ row: 1, column: 2 }, 'ArrowRight', 2, 3)).toEqual({ row: 1, column: 2 });
    expect(go('Tab')).toBeUndefined();
  });
  it('S19: digits set levels 1 to 5; 0, Delete and Backspace take the skill away', () => {
    expect(['1', '5', '0', 'Delete', 'Backspace'].map(levelOf)).toEqual([1, 5, 0, 0, 0]);
    expect(['6', 'a', 'Enter', '12'].map(levelOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
  it('S20: clicks go through all levels and round again', () => {
    expect([0, 1, 2, 3, 4, 5].map(nextLevel)).toEqual([1, 2, 3, 4, 5, 0]);
  });
  it('S21: a level of 0 leaves no trace of the skill', () => {
    const agent = { id: 'a', profileId: 'p', rank: 1, skills: { english: 3 } };
    expect(withLevel(agent, 'billing', 2).skills).toEqual({ english: 3, billing: 2 });
    expect(withLevel(agent, 'english', 0).skills).toEqual({});
  });
});
