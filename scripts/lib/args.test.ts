import { describe, expect, it } from 'vitest';
import { endpointOf, numberOf, rateOf, readOptions, UsageError } from './args.ts';

describe('command-line values', () => {
  it('reads options over their defaults and refuses unknown ones', () => {
    expect(readOptions(['--rate', '2/s'], { rate: '10/m', agents: '6' })).toEqual({
      rate: '2/s',
      agents: '6',
    });
    expect(() => readOptions(['--rat', '2/s'], { rate: '10/m' })).toThrow(UsageError);
    expect(() => readOptions(['--rate'], { rate: '10/m' })).toThrow(UsageError);
  });
  it('reads rates', () => {
    expect(rateOf('rate', '30/m')).toBe(0.5);
    expect(rateOf('rate', '2/s')).toBe(2);
    for (const bad of ['0/m', '10', '10/d', '-1/s', '51/s', 'x/m', ''])
      expect(() => rateOf('rate', bad), bad).toThrow(UsageError);
  });
  it('reads numbers and endpoints within limits', () => {
    expect(numberOf('n', '5', 1, 9)).toBe(5);
    for (const bad of ['0', '10', 'x', '']) expect(() => numberOf('n', bad, 1, 9), bad).toThrow(UsageError);
    expect(endpointOf('sip', 'localhost:5060')).toEqual({ host: 'localhost', port: 5060 });
    for (const bad of ['localhost', ':1', 'a:0', 'a:70000'])
      expect(() => endpointOf('sip', bad), bad).toThrow(UsageError);
  });
});
