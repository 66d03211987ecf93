import { describe, expect, it } from 'vitest';
import { callerUser, problemOfStatus } from './failure.core.ts';

describe('why a call did not go through', () => {
  it('C1: says it in the customer’s words', () => {
    expect([486, 404, 408, 403, 603, 503, 500].map(problemOfStatus)).toEqual([
      'busy',
      'not-found',
      'no-answer',
      'refused',
      'declined',
      'unavailable',
      'failed',
    ]);
  });
});

describe('the caller’s own number', () => {
  it('C2: is sent without its decoration', () =>
    expect(callerUser('+1 (415) 555-0100')).toBe('+14155550100'));
  it('C3: is anonymous when it is none', () => {
    expect([callerUser(''), callerUser('bob@evil;x'), callerUser('+')]).toEqual([
      'anonymous',
      'anonymous',
      'anonymous',
    ]);
  });
});
