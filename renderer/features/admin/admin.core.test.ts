import { describe, expect, it } from 'vitest';
import { hoursSchema, profileBodySchema, queueBodySchema, queueDefaults } from '#shared/model/routing.ts';
import { inMs, listed, moved, newId, problemsOf, same, toMs } from './admin.core.ts';

const queue = { ...queueDefaults, name: 'Gold' };
const of = (schema: Parameters<typeof problemsOf>[0], draft: unknown) =>
  Object.fromEntries(problemsOf(schema, draft));

describe('problems of a form, from the schemas of the contract', () => {
  it('S1: a sound queue has none', () => expect(of(queueBodySchema, queue)).toEqual({}));
  it('S2: an empty name is to be filled in, an endless one shortened', () => {
    expect(of(queueBodySchema, { ...queue, name: '  ' })).toEqual({ name: { key: 'required' } });
    expect(of(queueBodySchema, { ...queue, name: 'x'.repeat(81) })).toEqual({
      name: { key: 'long', limit: 80 },
    });
  });
  it('S3: limits of times are said in seconds, since that is what is typed', () => {
    expect(of(queueBodySchema, { ...queue, offerMs: 500 })).toEqual({
      offerMs: { key: 'minSeconds', limit: 1 },
    });
    expect(of(queueBodySchema, { ...queue, retryMs: { ...queue.retryMs, busy: 3_600_001 } })).toEqual({
      'retryMs.busy': { key: 'maxSeconds', limit: 3_600 },
    });
  });
  it('S4: an empty number field asks for a number, a broken one for a whole number', () => {
    expect(of(queueBodySchema, { ...queue, targetMs: Number.NaN })).toEqual({ targetMs: { key: 'number' } });
    expect(of(queueBodySchema, { ...queue, maxWaiting: 1.5 })).toEqual({ maxWaiting: { key: 'whole' } });
  });
  it('S5: rules over several fields are named', () => {
    const timed = { ...queue, wrapUp: { mode: 'timed', ms: 0, extendMs: 0 } };
    expect(of(queueBodySchema, timed)).toEqual({ 'wrapUp.ms': { key: 'timedWrapUp' } });
    expect(of(queueBodySchema, { ...queue, tiersMs: [5_000, 0] })).toEqual({ relax: { key: 'inOrder' } });
  });
  it('S6: the value of an overflow rule is items for `length`, else a time', () => {
    const rule = (when: string) => ({ overflow: [{ when, value: -1, to: { kind: 'voicemail' } }] });
    expect(inMs('overflow.0.value', rule('length'))).toBe(false);
    expect(inMs('overflow.0.value', rule('waited'))).toBe(true);
    expect(of(queueBodySchema, { ...queue, ...rule('length') })).toEqual({
      'overflow.0.value': { key: 'min', limit: 0 },
    });
  });
  it('S7: hours: clock times, spans the right way round, known zones, real dates', () => {
    const hours = (over: object) => ({
      id: 'h',
      name: 'H',
      zone: 'Europe/Berlin',
      weekly: {},
      holidays: [],
      ...over,
    });
    expect(of(hoursSchema, hours({ weekly: { '1': [{ from: '0:00', to: '17:00' }] } }))).toEqual({
      'weekly.1.0.from': { key: 'clock' },
    });
    expect(of(hoursSchema, hours({ weekly: { '1': [{ from: '18:00', to: '17:00' }] } }))).toEqual({
      'weekly.1.0': { key: 'spanOrder' },
    });
    expect(of(hoursSchema, hours({ zone: 'Mars/Base' }))).toEqual({ zone: { key: 'zone' } });
    expect(of(hoursSchema, hours({ holidays: [{ date: '2025-02-30', name: 'x', open: [] }] }))).toEqual({
      'holidays.0.date': { key: 'date' },
    });
  });
  it('S8: a queue twice in a profile', () => {
    const queues = [
      { queueId: 'a', tier: 1 },
      { queueId: 'a', tier: 2 },
    ];
    const draft = { name: 'P', queues, capacity: {}, interrupts: {} };
    expect(of(profileBodySchema, draft)).toEqual({ queues: { key: 'queueOnce' } });
  });
});

describe('ids of new things', () => {
  it('S9: come from the name, without accents and signs', () => {
    expect(newId('queue', ' Ñandú & Söhne! ', [])).toBe('nandu-sohne');
    expect(newId('queue', '技术', [])).toBe('queue');
    expect(newId('queue', 'x'.repeat(60), [])).toHaveLength(40);
  });
  it('S10: are free ones, and never the router’s own', () => {
    expect(newId('queue', 'Gold', ['gold', 'gold-2'])).toBe('gold-3');
    expect(newId('queue', 'Direct', [])).toBe('direct-2');
  });
});

describe('drafts', () => {
  it('S11: are the same whatever the order of keys; an emptied number is a change', () => {
    expect(same({ a: 1, b: { c: 2, d: [1] } }, { b: { d: [1], c: 2 }, a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
    expect(same({ ms: 0 }, { ms: Number.NaN })).toBe(false);
  });
  it('S12: seconds become whole milliseconds', () => {
    expect(toMs(0.1)).toBe(100);
    expect(toMs(1.0005)).toBe(1_001);
    expect(toMs('')).toBeNaN();
  });
  it('S13: rows move within their list and never out of it', () => {
    expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a'], 0, -1)).toEqual(['a']);
    expect(moved(['a'], 0, 1)).toEqual(['a']);
  });
});

describe('lists', () => {
  const rows = [
    { name: 'Support 10', n: 2 },
    { name: 'Support 9', n: 2 },
    { name: 'Billing', n: 7 },
  ];
  const read = {
    name: (row: { name: string }) => row.name,
    cell: (row: { name: string; n: number }, column: string) => (column === 'n' ? row.n : row.name),
  };
  const names = (sought: string, column: string, down = false) =>
    listed(rows, sought, { column, down }, read, 'en').map(({ name }) => name);
  it('S14: names are sorted as people count, both ways', () => {
    expect(names('', 'name')).toEqual(['Billing', 'Support 9', 'Support 10']);
    expect(names('', 'name', true)).toEqual(['Support 10', 'Support 9', 'Billing']);
  });
  it('S15: equal values stand by name', () => {
    expect(names('', 'n')).toEqual(['Support 9', 'Support 10', 'Billing']);
  });
  it('S16: every word sought must be there', () => {
    expect(names('sup 1', 'name')).toEqual(['Support 10']);
    expect(names('zzz', 'name')).toEqual([]);
  });
});
