import { expect, it } from 'vitest';
import { networkHealth } from './network.core.ts';

const now = (over: object) => networkHealth({ connected: true, rtt: 20, loss: 0, ...over });

it('W1: a short round trip without loss is good', () => expect(now({})).toBe('good'));
it('W2: nothing measured yet is not held against it', () => expect(now({ rtt: undefined })).toBe('good'));
it('W3: one percent of loss or 200 ms is heard', () => {
  expect(now({ loss: 1 })).toBe('fair');
  expect(now({ rtt: 200 })).toBe('fair');
});
it('W4: five percent of loss or 400 ms is poor', () => {
  expect(now({ loss: 5 })).toBe('poor');
  expect(now({ rtt: 400 })).toBe('poor');
});
it('W5: without a connection nothing else counts', () => expect(now({ connected: false })).toBe('lost'));
