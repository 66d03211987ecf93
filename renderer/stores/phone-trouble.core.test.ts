import { describe, expect, it } from 'vitest';
import { phoneTrouble } from './phone-trouble.core.ts';

describe('U6: why no call can reach an agent', () => {
  it('there is none while any phone is registered, whatever this window does', () => {
    expect(phoneTrouble(1, 'failed', 'mic-denied')).toBeUndefined();
    expect(phoneTrouble(2, 'registered', undefined)).toBeUndefined();
  });
  it('the problem of the phone in this window comes first', () => {
    expect(phoneTrouble(0, 'failed', 'mic-denied')).toBe('mic-denied');
    expect(phoneTrouble(0, 'asking', undefined)).toBe('asking');
  });
  it('a phone that believes to be registered, unknown to the server, is none', () => {
    expect(phoneTrouble(0, 'registered', undefined)).toBe('connecting');
    expect(phoneTrouble(0, 'off', undefined)).toBe('connecting');
    expect(phoneTrouble(0, 'failed', undefined)).toBe('connecting');
  });
});
