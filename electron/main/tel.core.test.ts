import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTel, telFromArgs } from './tel.core.ts';

describe('E6: tel links', () => {
  it.each([
    ['tel:+1-415-555-0123', '+14155550123'],
    ['TEL:4000', '4000'],
    ['tel:%2B1%20415%20555%200123', '+14155550123'],
    ['tel:(415) 555.0123;phone-context=+1', '4155550123'],
    ['tel://4001', '4001'],
    [' tel:*98# ', '*98#'],
  ])('%s dials %s', (link, number) => {
    expect(parseTel(link)).toBe(number);
  });
  it.each([
    'tel:',
    'tel:hello',
    'tel:1;DROP TABLE',
    'tel:%',
    'sip:4000@x',
    'http://tel:4000',
    'tel:++1',
    'tel:4000\n--flag',
    `tel:${'1'.repeat(33)}`,
  ])('%s: only what can be dialled passes', (link) => {
    const number = parseTel(link);
    expect(number === undefined || /^\+?[0-9*#]{1,32}$/.test(number)).toBe(true);
  });
  it('whatever comes, the result can be dialled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const number = parseTel(`tel:${text}`);
        return number === undefined || /^\+?[0-9*#]{1,32}$/.test(number);
      }),
    );
  });
  it('finds the link among the arguments of a second start', () => {
    expect(telFromArgs(['/opt/cordboard', '--flag', 'tel:4000'])).toBe('4000');
    expect(telFromArgs(['/opt/cordboard', 'tel:x', '4000'])).toBeUndefined();
  });
});
