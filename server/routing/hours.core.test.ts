import { describe, expect, it } from 'vitest';
import type { Hours } from '#shared/model/routing.ts';
import { World } from '../../tests/kits/routing/world.ts';
import { Openings, openingAt } from './hours.core.ts';

const nineToFive = [{ from: '09:00', to: '17:00' }];
const weekdays = { '1': nineToFive, '2': nineToFive, '3': nineToFive, '4': nineToFive, '5': nineToFive };
const hours = (zone: string, more: Partial<Hours> = {}): Hours => ({
  id: 'office',
  name: 'Office',
  zone,
  weekly: weekdays,
  holidays: [],
  ...more,
});
const ms = (iso: string): number => Date.parse(iso);
/** The instant said in full, with its offset. */
const at = (h: Hours, iso: string) => {
  const { open, until } = openingAt(h, ms(iso));
  return { open, until: new Date(until).toISOString() };
};

describe('R25 opening hours', () => {
  it('R25 opens and closes to the millisecond, by the clocks of its zone', () => {
    const h = hours('America/Chicago'); // UTC-6 in winter
    expect(at(h, '2025-01-15T08:59:59.999-06:00')).toEqual({
      open: false,
      until: '2025-01-15T15:00:00.000Z',
    });
    expect(at(h, '2025-01-15T09:00:00-06:00')).toEqual({ open: true, until: '2025-01-15T23:00:00.000Z' });
    expect(at(h, '2025-01-15T17:00:00-06:00')).toEqual({ open: false, until: '2025-01-16T06:00:00.000Z' });
  });

  it('R25 the same instant is another day elsewhere', () => {
    const sunday = '2025-01-19T23:30:00Z';
    expect(openingAt(hours('Europe/London'), ms(sunday)).open).toBe(false);
    // Monday 10:30 in Sydney (UTC+11), Monday 12:30 in Auckland (UTC+13)
    expect(openingAt(hours('Australia/Sydney'), ms(sunday)).open).toBe(true);
    expect(openingAt(hours('Pacific/Auckland'), ms(sunday)).open).toBe(true);
    expect(openingAt(hours('Asia/Kolkata'), ms('2025-01-20T03:29:00Z')).open).toBe(false); // 08:59, UTC+5:30
    expect(openingAt(hours('Asia/Kolkata'), ms('2025-01-20T03:30:00Z')).open).toBe(true);
  });

  it('R25 summer time: nine by the clock, before and after', () => {
    const h = hours('Europe/Berlin'); // CET to CEST on 2025-03-30, back on 2025-10-26
    expect(at(h, '2025-03-28T07:59:00Z').open).toBe(false);
    expect(at(h, '2025-03-28T08:00:00Z').open).toBe(true);
    expect(at(h, '2025-03-31T07:00:00Z').open).toBe(true);
    expect(at(h, '2025-03-31T06:59:00Z').open).toBe(false);
    expect(at(h, '2025-10-27T07:00:00Z').open).toBe(false);
    expect(at(h, '2025-10-27T08:00:00Z').open).toBe(true);
  });

  it('R25 the night of 23 hours: a time that does not exist is the first after it', () => {
    const night = hours('America/New_York', { weekly: { '7': [{ from: '02:30', to: '04:00' }] } });
    // 2025-03-09: 02:00 EST becomes 03:00 EDT (07:00Z)
    expect(at(night, '2025-03-09T06:59:59.999Z').open).toBe(false);
    expect(at(night, '2025-03-09T07:29:59Z').open).toBe(false);
    expect(at(night, '2025-03-09T07:30:00Z')).toEqual({ open: true, until: '2025-03-09T08:00:00.000Z' });
    expect(at(night, '2025-03-09T08:00:00Z')).toEqual({ open: false, until: '2025-03-10T04:00:00.000Z' });
  });

  it('R25 the night of 25 hours: open through the hour that comes twice', () => {
    const night = hours('America/New_York', { weekly: { '7': [{ from: '00:30', to: '03:00' }] } });
    // 2025-11-02: 02:00 EDT becomes 01:00 EST (06:00Z)
    for (const iso of [
      '2025-11-02T04:30:00Z',
      '2025-11-02T05:30:00Z',
      '2025-11-02T06:30:00Z',
      '2025-11-02T07:59:59Z',
    ])
      expect(at(night, iso)).toEqual({ open: true, until: '2025-11-02T08:00:00.000Z' });
    expect(at(night, '2025-11-02T04:29:59Z').open).toBe(false);
    expect(at(night, '2025-11-02T08:00:00Z').open).toBe(false);
  });

  it('R25 a day that begins at one in the morning', () => {
    const h = hours('Africa/Cairo', { weekly: { '5': [{ from: '00:00', to: '24:00' }] } });
    // Friday 2024-04-26: midnight became 01:00 EEST (22:00Z on the 25th)
    expect(at(h, '2024-04-25T21:59:59.999Z').open).toBe(false);
    expect(at(h, '2024-04-25T22:00:00Z')).toEqual({ open: true, until: '2024-04-26T21:00:00.000Z' });
  });

  it('R25 holidays have hours of their own, or none', () => {
    const h = hours('Europe/Berlin', {
      holidays: [
        { date: '2025-12-24', name: 'Christmas Eve', open: [{ from: '09:00', to: '12:00' }] },
        { date: '2025-12-25', name: 'Christmas', open: [] },
        { date: '2025-12-28', name: 'Inventory', open: [{ from: '10:00', to: '11:00' }] }, // a Sunday
      ],
    });
    expect(at(h, '2025-12-24T10:59:00Z')).toEqual({ open: true, until: '2025-12-24T11:00:00.000Z' });
    expect(at(h, '2025-12-24T12:00:00Z').open).toBe(false);
    expect(at(h, '2025-12-25T10:00:00Z')).toEqual({ open: false, until: '2025-12-25T23:00:00.000Z' });
    expect(at(h, '2025-12-26T10:00:00Z').open).toBe(true);
    expect(at(h, '2025-12-28T09:30:00Z').open).toBe(true);
  });

  it('R25 several spans, the lunch between them, and a whole day', () => {
    const h = hours('UTC', {
      weekly: {
        '1': [
          { from: '08:00', to: '12:00' },
          { from: '13:00', to: '17:00' },
        ],
        '2': [{ from: '00:00', to: '24:00' }],
      },
    });
    expect(at(h, '2025-01-20T12:30:00Z')).toEqual({ open: false, until: '2025-01-20T13:00:00.000Z' });
    expect(at(h, '2025-01-20T16:00:00Z').open).toBe(true);
    expect(at(h, '2025-01-21T00:00:00Z')).toEqual({ open: true, until: '2025-01-22T00:00:00.000Z' });
    expect(at(h, '2025-01-22T00:00:00Z').open).toBe(false);
  });

  it('R25 answers from memory are those of a fresh look, forwards and backwards, over a year', () => {
    const h = hours('America/Sao_Paulo', {
      holidays: [{ date: '2025-06-04', name: 'Day', open: [{ from: '10:30', to: '11:15' }] }],
    });
    const openings = new Openings();
    openings.set(h);
    const start = ms('2025-01-01T00:00:00Z');
    for (let i = 0; i < 4_000; i++) {
      const now = start + ((i * 7_919) % 35_040) * 900_000; // quarters of an hour, to and fro
      expect(openings.open('office', now)).toBe(openingAt(h, now).open);
    }
    openings.set({ ...h, weekly: {} });
    expect(openings.open('office', ms('2025-01-15T15:00:00Z'))).toBe(false);
  });
});

describe('R25 a queue with opening hours', () => {
  const monday = ms('2025-01-20T16:59:59Z');
  const world = (): World => {
    const made = new World({ now: monday });
    made.do({ type: 'hours.set', hours: hours('UTC') });
    made.queue('support', { hours: 'office' });
    return made;
  };

  it('R25 refuses after hours; who waits already is served; it opens again by itself', () => {
    const w = world();
    const item = w.call('support');
    w.advance(1_000);
    expect(w.core.queue('support', w.now)).toMatchObject({ open: false, waiting: 1 });
    w.call('support');
    expect(w.refused()).toBe('queue.closed support');
    w.agent('a', 'support');
    expect(w.rings('a')).toBe(item);
    w.now = ms('2025-01-21T09:00:00Z');
    expect(w.core.queue('support', w.now)?.open).toBe(true);
    w.call('support');
    expect(w.refused()).toBeUndefined();
  });

  it('R25 emergency closing holds within hours too', () => {
    const w = world();
    w.queue('support', { hours: 'office', closed: true });
    w.call('support');
    expect(w.refused()).toBe('queue.closed support');
    w.queue('support', { hours: 'office' });
    w.call('support');
    expect(w.refused()).toBeUndefined();
  });

  it('R25 hours changed count at once', () => {
    const w = world();
    w.do({ type: 'hours.set', hours: hours('UTC', { weekly: {} }) });
    w.call('support');
    expect(w.refused()).toBe('queue.closed support');
  });

  it('R16 hours in use are not removed, unknown ones not set', () => {
    const w = world();
    w.do({ type: 'hours.removed', hoursId: 'office' });
    expect(w.refused()).toBe('routing.in-use support');
    w.queue('sales', { hours: 'nights' });
    expect(w.refused()).toBe('hours.unknown nights');
    expect(w.core.queue('sales', w.now)).toBeUndefined();
    w.queue('support', { hours: null });
    w.do({ type: 'hours.removed', hoursId: 'office' });
    expect(w.refused()).toBeUndefined();
  });
});
