import { describe, expect, it } from 'vitest';
import type { Fact } from '#shared/model/facts.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { customersMigrations } from '../customers/index.ts';
import { createInteractions, type HistoryFilter, interactionsMigrations } from './index.ts';

const names: Readonly<Record<string, string>> = { c0: 'Li Wei', c1: '欧阳建国', c2: 'Maria Johnson' };
const notes = ['asked for a refund', '客户要求退款', 'washing machine leaks', ''];

function setUp(count: number) {
  const kernel = testKernel([...customersMigrations, ...interactionsMigrations]);
  const { journal, clock } = kernel;
  const prepared: string[] = [];
  const prepare = kernel.db.file.prepare.bind(kernel.db.file);
  kernel.db.file.prepare = ((sql: string) => {
    prepared.push(sql);
    return prepare(sql);
  }) as typeof prepare;
  const interactions = createInteractions({
    kernel,
    names: {
      user: (id) => ({ id, name: id }),
      queue: (id) => ({ id, name: id }),
      customer: (id) => ({ id, name: names[id] ?? '', tier: 'standard' }),
    },
  });
  for (let i = 0; i < count; i++) {
    if (i % 3 !== 0) clock.advance(1000); // some begin in the same millisecond
    const interactionId = `i${i}`;
    const agentId = `agent${i % 4}`;
    const facts: Fact[] = [
      {
        type: 'interaction.opened',
        interactionId,
        channel: 'call',
        direction: 'inbound',
        ani: `+1415555${String(100 + (i % 40)).padStart(4, '0')}`,
        dnis: '4001',
        customerId: `c${i % 3}`,
      },
      { type: 'interaction.queued', interactionId, queueId: i % 2 ? 'sales' : 'support' },
      { type: 'interaction.assigned', interactionId, agentId },
      { type: 'interaction.noted', interactionId, agentId, notes: notes[i % 4] ?? '', rev: 1 },
      { type: 'interaction.ended', interactionId, end: 'caller-hung-up' },
    ];
    for (const fact of facts) if (fact.type !== 'interaction.ended' || i % 10 !== 9) journal.append(fact);
  }
  journal.flush();
  const every = (filter: Omit<HistoryFilter, 'limit'>, limit: number): string[] => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = interactions.history({ ...filter, limit, cursor });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items.map((line) => line.id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return seen;
  };
  return { kernel, clock, journal, interactions, every, prepared };
}

const numbered = (count: number, keep: (i: number) => boolean): string[] =>
  Array.from({ length: count }, (_, i) => i)
    .filter(keep)
    .reverse()
    .map((i) => `i${i}`);

describe('history', () => {
  const N = 200;
  const start = 1_700_000_000_000;
  const at = (i: number): number => start + 1000 * (Math.floor(i / 3) * 2 + (i % 3));
  const filters: [string, Omit<HistoryFilter, 'limit'>, (i: number) => boolean][] = [
    ['nothing', {}, () => true],
    ['an agent', { agent: 'agent1' }, (i) => i % 4 === 1],
    ['a queue', { queue: 'sales' }, (i) => i % 2 === 1],
    ['a customer', { customer: 'c1' }, (i) => i % 3 === 1],
    ['all of them', { agent: 'agent1', queue: 'sales', customer: 'c1' }, (i) => i % 12 === 1],
    ['an agent who never served the queue', { agent: 'agent0', queue: 'sales' }, () => false],
    ['a span of time', { from: at(50), to: at(100) }, (i) => at(i) >= at(50) && at(i) < at(100)],
    ['an English word', { search: 'refund' }, (i) => i % 4 === 0],
    ['a Chinese word', { search: '退款' }, (i) => i % 4 === 1],
    ['a part of a name', { search: 'ohns' }, (i) => i % 3 === 2],
    ['a Chinese name', { search: '建国' }, (i) => i % 3 === 1],
    ['the end of a number', { search: '0105' }, (i) => i % 40 === 5],
    ['a word and a name', { search: 'li refund' }, (i) => i % 12 === 0],
    ['a word, for one agent', { search: 'refund', agent: 'agent0' }, (i) => i % 4 === 0],
    ['a word, for another agent', { search: 'refund', agent: 'agent1' }, () => false],
    [
      'a word in a span',
      { search: 'refund', from: at(50), to: at(100) },
      (i) => i % 4 === 0 && i > 50 && i < 100,
    ],
    ['a word before anything', { search: 'refund', to: start - 1 }, () => false],
    ['punctuation', { search: '"*()' }, () => false],
  ];

  describe.each([
    ['before the text index has caught up', 0],
    ['while it has got half way', 2],
    ['when it is up to date', 100],
  ])('%s', (_, ticks) => {
    it.each(filters)('I6 I7 by %s: every line once, newest first', (_name, filter, keep) => {
      const { every, clock } = setUp(N);
      if (ticks > 0) clock.advance(1000 + (ticks - 1) * 10);
      expect(every(filter, 7)).toEqual(numbered(N, keep));
    });
  });

  it('I7 notes changed after the end are found by their new words only', () => {
    const { interactions, clock, journal, every } = setUp(8);
    clock.advance(5000);
    interactions.saveNotes('i0', 'agent0', 'exchange instead', 1);
    journal.flush();
    for (let i = 0; i < 2; i++) {
      expect(every({ search: 'exchange' }, 5)).toEqual(['i0']);
      expect(every({ search: 'refund' }, 5)).toEqual(['i4']);
      clock.advance(5000);
    }
  });

  it('I7 a contact pointed at another customer is found by the new name', () => {
    const { journal, clock, every } = setUp(3);
    clock.advance(5000);
    journal.append({ type: 'interaction.matched', interactionId: 'i0', customerId: 'c2' });
    journal.flush();
    clock.advance(5000);
    expect(every({ search: 'maria' }, 5)).toEqual(['i2', 'i0']);
    expect(every({ search: 'li wei' }, 5)).toEqual([]);
  });

  it('I6 a cursor that is none is bad-request; one of a line that is gone ends the list', () => {
    const { interactions } = setUp(3);
    for (const cursor of ['', '-1', 'x y', "1' OR 1"])
      expect(() => interactions.history({ limit: 5, cursor })).toThrow(
        expect.objectContaining({ code: 'bad-request' }),
      );
    expect(interactions.history({ limit: 5, cursor: 'zzzz' })).toEqual({ items: [], next: null });
  });

  it('I6 every list is read from an index: no scan of the table, no sorting', () => {
    const { interactions, kernel, prepared } = setUp(20);
    prepared.length = 0;
    for (const [, filter] of filters) {
      const page = interactions.history({ ...filter, limit: 1 });
      if (page.next !== null) interactions.history({ ...filter, limit: 1, cursor: page.next });
    }
    interactions.recentOf('c1', 5);
    const reads = prepared.filter((sql) => sql.includes('FROM interaction') && !sql.startsWith('EXPLAIN'));
    expect(reads.length).toBeGreaterThan(12);
    for (const sql of reads) {
      const plan = kernel.db.file
        .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...Array.from({ length: sql.split('?').length - 1 }, () => 1))
        .map((step) => step.detail);
      for (const step of plan) {
        expect(step, sql).not.toMatch(/TEMP B-TREE/);
        expect(step, sql).not.toMatch(/^SCAN i$/);
      }
    }
  });
});
