import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '#shared/contract/app-error.ts';
import { idSchema } from '#shared/model/ids.ts';
import {
  hoursSchema,
  profileBodySchema,
  profileDefaults,
  queueBodySchema,
  queueDefaults,
} from '#shared/model/routing.ts';
import { parseInput } from './problems.ts';

/** What a refusal says of each field. */
function said(schema: z.ZodType, value: unknown): Record<string, string> {
  try {
    parseInput(schema, value);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'bad-request') throw error;
    const issues = error.details.issues as { path: string; message: string }[];
    for (const { path, message } of issues) expect(error.message).toContain(`${path}: ${message}`);
    return Object.fromEntries(issues.map(({ path, message }) => [path, message]));
  }
  throw new Error('it was accepted');
}
const queue = { ...queueDefaults, name: 'Support' };

describe('what is wrong with settings', () => {
  it('A18 every field that is missing is named, not only the first ones', () => {
    const missing = said(queueBodySchema, {});
    expect(Object.keys(missing).sort()).toEqual(['name', ...Object.keys(queueDefaults)].sort());
    expect(new Set(Object.values(missing))).toEqual(new Set(['is missing']));
  });

  it('A18 numbers, texts, lists, choices and ids each in words that fit a form', () => {
    const bad = {
      ...queue,
      name: '  ',
      strategy: 'best',
      offerMs: 1,
      targetMs: 1.5,
      ringMs: '8 s',
      record: 'yes',
      tiersMs: [],
      maxWaiting: 100_001,
      skills: { english: 9, 'no id': 1 },
      relax: [{ afterMs: 5_000, lower: 0, drop: ['!'] }],
      overflow: [{ when: 'closed', value: 0, to: { kind: 'mars' } }],
      score: 7,
    };
    expect(said(queueBodySchema, bad)).toEqual({
      name: 'must not be empty',
      strategy: expect.stringMatching(/^must be one of longest-idle, .*, ring-all$/),
      offerMs: 'must be at least 1000',
      targetMs: 'must be a whole number',
      ringMs: 'must be a number',
      record: 'must be true or false',
      tiersMs: 'must have at least 1 entry',
      maxWaiting: 'must be at most 100000',
      'skills.english': 'must be at most 5',
      'skills.no id': 'is not an id',
      'relax.0.drop.0': expect.stringContaining('is not an id: letters, digits'),
      'overflow.0.to.kind': 'is none of the kinds known here',
      score: 'must be a group of fields',
    });
  });

  it('A18 a rule over several fields has the words of the schema', () => {
    const late = { ...queue, wrapUp: { mode: 'timed', ms: 10, extendMs: 0 }, tiersMs: [5_000, 0] };
    expect(said(queueBodySchema, late)).toEqual({
      'wrapUp.ms': 'a timed wrap-up lasts at least 1000 ms',
      relax: 'tiers and steps stand in the order of their times',
    });
  });

  it('A18 a channel, weekday or date that does not exist is named', () => {
    const profile = { ...profileDefaults, name: 'P', queues: [], capacity: { fax: 1 } };
    expect(said(profileBodySchema, profile)).toEqual({ capacity: 'knows no fax' });
    const hours = { id: 'h', name: 'H', zone: 'Mars/Base', weekly: { '8': [] }, holidays: [] };
    expect(said(hoursSchema, hours)).toEqual({ zone: 'not a known time zone', weekly: 'knows no 8' });
    const holiday = {
      ...hours,
      zone: 'UTC',
      weekly: {},
      holidays: [{ date: '2027-02-30', name: 'x', open: [] }],
    };
    expect(said(hoursSchema, holiday)).toEqual({ 'holidays.0.date': 'is not a date such as 2027-12-31' });
  });

  it.each([
    [z.string().min(8), 'short', 'must have at least 8 characters'],
    [z.string().max(1), 'ab', 'must have at most 1 character'],
    [z.number().gt(3), 3, 'must be more than 3'],
    [z.number().lt(3), 3, 'must be less than 3'],
    [z.email(), 'x', 'is not a mail address'],
    [z.literal('a'), 'b', 'must be a'],
    [z.string().regex(/^a$/), 'b', 'is not written as it must be'],
    [z.date(), 'b', 'is not of the right kind'],
    [idSchema, 'x'.repeat(65), 'must have at most 64 characters'],
  ])('A18 %#: %j', (schema, value, words) => {
    expect(said(z.object({ field: schema }), { field: value })).toEqual({ field: words });
  });
});
