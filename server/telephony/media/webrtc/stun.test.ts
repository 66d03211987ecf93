import { describe, expect, it } from 'vitest';
import { bindingResponse, integrityFits, parseBindingRequest, roleConflict } from './stun.ts';

/** The sample request of RFC 5769 2.1: user `evtj:h6vY`, password below. */
const sample = Buffer.from(
  '000100582112a442b7e7a701bc34d686fa87dfae' +
    '802200105354554e207465737420636c69656e74' +
    '002400046e0001ff' +
    '80290008932ff9b151263b36' +
    '000600096576746a3a68367659202020' +
    '000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2' +
    '80280004e57a3bcf',
  'hex',
);
const password = 'VOkJxbRl1RmTxUk/WvJxBt';

describe('STUN', () => {
  it('M10: reads the sample request of RFC 5769, and its integrity fits its password alone', () => {
    const request = parseBindingRequest(sample);
    expect(request).toMatchObject({ username: 'evtj:h6vY', useCandidate: false, controlled: true });
    if (request === undefined) return;
    expect(integrityFits(sample, request, password)).toBe(true);
    expect(integrityFits(sample, request, `${password}x`)).toBe(false);
    const forged = Buffer.from(sample);
    forged[50] = (forged[50] ?? 0) ^ 1;
    expect(integrityFits(forged, request, password)).toBe(false);
  });

  it('M10: answers like the sample responses of RFC 5769 2.2 and 2.3', () => {
    const request = parseBindingRequest(sample);
    if (request === undefined) return expect.unreachable();
    const v4 = bindingResponse(request, '192.0.2.1', 32_853, password);
    expect(v4.readUInt16BE(0)).toBe(0x0101);
    expect(v4.subarray(8, 20)).toEqual(sample.subarray(8, 20));
    expect(v4.subarray(20, 32).toString('hex')).toBe('002000080001a147e112a643');
    const v6 = bindingResponse(request, '2001:db8:1234:5678:11:2233:4455:6677', 32_853, password);
    expect(v6.subarray(20, 44).toString('hex')).toBe('002000140002a147' + '0113a9faa5d3f179bc25f4b5bed2b9d9');
    expect(v4.length - 20).toBe(v4.readUInt16BE(2));
    expect(roleConflict(request, password).readUInt16BE(0)).toBe(0x0111);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another cookie', Buffer.from(sample).fill(0, 4, 8)],
    ['a length that does not fit', sample.subarray(0, -4)],
    ['an attribute past the end', Buffer.from(sample).fill(0xff, 22, 24)],
    ['no integrity', Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex')],
  ])('M10: %s is no request', (_, packet) => {
    expect(parseBindingRequest(packet)).toBeUndefined();
  });
});
