import { describe, expect, it } from 'vitest';
import { createCustomers, customersMigrations, customersStore } from '#server/customers/index.ts';
import { AppError } from '#shared/contract/errors.ts';
import { interactionDetailSchema, interactionSummarySchema } from '#shared/contract/views.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { buildPop, createInteractions, interactionsMigrations } from './index.ts';

const HOUR = 3_600_000;

function setUp() {
  const kernel = testKernel([...customersMigrations, ...interactionsMigrations]);
  const { journal, clock } = kernel;
  const customers = createCustomers({ kernel });
  const store = customersStore(kernel.db);
  const interactions = createInteractions({
    kernel,
    names: {
      user: (id) => (id.startsWith('agent') ? { id, name: `Name of ${id}` } : undefined),
      queue: (id) => ({ id, name: id.toUpperCase() }),
      customer: customers.summary,
    },
  });
  const addCustomer = (id: string, name: string, phone: string): void =>
    store.addCustomer(
      {
        id,
        name,
        tier: 'gold',
        language: 'en',
        city: null,
        timeZone: 'UTC',
        ownerId: null,
        accounts: [],
        points: [{ kind: 'phone', value: phone, label: '' }],
      },
      1,
    );
  const open = (interactionId: string, more: { ani?: string; customerId?: string } = {}): void =>
    void journal.append({
      type: 'interaction.opened',
      interactionId,
      channel: 'call',
      direction: 'inbound',
      ani: '+14155550123',
      dnis: '4001',
      ...more,
    });
  const end = (interactionId: string): void =>
    void journal.append({ type: 'interaction.ended', interactionId, end: 'caller-hung-up' });
  const assign = (interactionId: string, agentId: string): void =>
    void journal.append({ type: 'interaction.assigned', interactionId, agentId });
  const queue = (interactionId: string, queueId: string): void =>
    void journal.append({ type: 'interaction.queued', interactionId, queueId });
  const taken = (id: string, agentId = 'agent1'): void => {
    open(id);
    queue(id, 'support');
    assign(id, agentId);
    journal.flush();
  };
  return {
    kernel,
    journal,
    clock,
    customers,
    store,
    interactions,
    addCustomer,
    open,
    end,
    assign,
    queue,
    taken,
  };
}
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('interactions: the projection', () => {
  it('I1 I2 a whole call becomes one line, fit for the contract', () => {
    const { interactions, journal, clock, open, queue, assign, end, addCustomer } = setUp();
    addCustomer('cust1', 'Li Wei', '+14155550123');
    const start = clock.now();
    const call = { interactionId: 'i1', callId: 'c1' };
    open('i1', { customerId: 'cust1' });
    journal.append({ type: 'call.answered', ...call });
    queue('i1', 'support');
    clock.advance(5000);
    assign('i1', 'agent1');
    journal.append({ type: 'call.bridged', ...call, agentId: 'agent1' });
    journal.append({ type: 'recording.started', interactionId: 'i1', file: '2024/i1.wav' });
    clock.advance(60_000);
    journal.append({ type: 'call.bridged', ...call, agentId: 'agent1' });
    end('i1');
    journal.append({ type: 'interaction.ended', interactionId: 'i1', end: 'failed' });
    journal.flush();
    expect(interactions.recordingFile('i1')).toBeUndefined();
    journal.append({
      type: 'recording.ended',
      interactionId: 'i1',
      file: '2024/i1.wav',
      durationMs: 60_000.5,
    });
    journal.flush();
    const [line] = interactions.history({ limit: 10 }).items;
    expect(interactionSummarySchema.parse(line)).toEqual({
      id: 'i1',
      channel: 'call',
      direction: 'inbound',
      ani: '+14155550123',
      dnis: '4001',
      customer: { id: 'cust1', name: 'Li Wei', tier: 'gold' },
      agent: { id: 'agent1', name: 'Name of agent1' },
      queue: { id: 'support', name: 'SUPPORT' },
      startedAt: start,
      answeredAt: start + 5000,
      endedAt: start + 65_000,
      end: 'caller-hung-up',
      disposition: null,
      notes: '',
      hasRecording: true,
      recordingMs: 60_000.5,
    });
    expect(interactions.recordingFile('i1')).toBe('2024/i1.wav');
    expect(interactions.openCount()).toBe(0);
  });

  it('I1 facts about an unknown contact and a second opening change nothing, and the journal goes on', () => {
    const { interactions, journal, open, end, assign, queue } = setUp();
    assign('ghost', 'agent1');
    queue('ghost', 'support');
    end('ghost');
    journal.append({ type: 'recording.ended', interactionId: 'ghost', file: 'f', durationMs: 1 });
    open('i1', { ani: '+1' });
    open('i1', { ani: '+2' });
    journal.flush();
    expect(journal.pending).toBe(0);
    expect(interactions.history({ limit: 10 }).items.map((i) => i.ani)).toEqual(['+1']);
    expect(interactions.openCount()).toBe(1);
  });

  it('I1 an agent, a queue and a customer that are gone do not break the line', () => {
    const { interactions, journal, open, assign } = setUp();
    open('i1', { customerId: 'gone' });
    assign('i1', 'left');
    journal.flush();
    expect(interactions.history({ limit: 1 }).items[0]).toMatchObject({
      customer: null,
      agent: { id: 'left', name: 'left' },
    });
  });
});

describe('interactions: notes and dispositions', () => {
  it('I4 I5 each save makes a revision, read back before the commit', () => {
    const { interactions, journal, taken } = setUp();
    taken('i1');
    expect(interactions.notes('i1')).toEqual({ notes: '', rev: 0 });
    expect(interactions.saveNotes('i1', 'agent1', 'a', 0)).toBe(1);
    expect(interactions.saveNotes('i1', 'agent1', 'ab', 1)).toBe(2);
    expect(journal.pending).toBe(2);
    expect(interactions.notes('i1')).toEqual({ notes: 'ab', rev: 2 });
    expect(interactions.detail('i1')).toMatchObject({ notes: 'ab', notesRev: 2 });
    journal.flush();
    expect(interactions.history({ limit: 1 }).items[0]?.notes).toBe('ab');
  });

  it('I4 an older base is stale and says what is newer; one from nowhere too; the same text again is a retry', () => {
    const { interactions, journal, taken } = setUp();
    taken('i1');
    interactions.saveNotes('i1', 'agent1', 'first', 0);
    for (const base of [0, 7])
      try {
        interactions.saveNotes('i1', 'agent1', 'second', base);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'notes.stale', details: { rev: 1, notes: 'first' } });
      }
    expect(interactions.saveNotes('i1', 'agent1', 'first', 0)).toBe(1);
    expect(journal.pending).toBe(1);
  });

  it('I3 only the assigned agent writes: not another, not before, and the new one after a transfer', () => {
    const { interactions, taken, open, assign } = setUp();
    taken('i1');
    open('i2');
    expect(() => interactions.saveNotes('i1', 'agent2', 'x', 0)).toThrow(code('forbidden'));
    expect(() => interactions.saveNotes('i2', 'agent1', 'x', 0)).toThrow(code('forbidden'));
    expect(() => interactions.saveNotes('nothing', 'agent1', 'x', 0)).toThrow(code('not-found'));
    expect(() => interactions.dispose('i1', 'agent2', 'resolved')).toThrow(code('forbidden'));
    interactions.saveNotes('i1', 'agent1', 'mine', 0);
    assign('i1', 'agent2');
    expect(interactions.saveNotes('i1', 'agent2', 'mine and yours', 1)).toBe(2);
    expect(() => interactions.saveNotes('i1', 'agent1', 'x', 2)).toThrow(code('forbidden'));
  });

  it('I3 I5 an assignment appended in the same turn counts', () => {
    const { interactions, open, assign } = setUp();
    open('i1');
    assign('i1', 'agent1');
    expect(interactions.saveNotes('i1', 'agent1', 'x', 0)).toBe(1);
  });

  it('I3 24 hours after the end the contact is closed to its agent', () => {
    const { interactions, clock, journal, taken, end } = setUp();
    taken('i1');
    end('i1');
    journal.flush();
    clock.advance(24 * HOUR);
    interactions.saveNotes('i1', 'agent1', 'late', 0);
    clock.advance(1);
    expect(() => interactions.saveNotes('i1', 'agent1', 'too late', 1)).toThrow(code('forbidden'));
    expect(() => interactions.dispose('i1', 'agent1', 'sale')).toThrow(code('forbidden'));
  });

  it('I3 dispositions: nine by key; set, changed, the same one once, an unknown one refused', () => {
    const { interactions, journal, taken } = setUp();
    taken('i1');
    expect(interactions.dispositions().map((d) => d.key)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(interactions.disposition('i1')).toBeNull();
    interactions.dispose('i1', 'agent1', 'sale');
    interactions.dispose('i1', 'agent1', 'sale');
    expect(journal.pending).toBe(1);
    expect(interactions.disposition('i1')).toBe('sale');
    interactions.dispose('i1', 'agent1', 'no-sale');
    journal.flush();
    expect(interactions.detail('i1').disposition).toEqual({ id: 'no-sale', name: 'No sale' });
    expect(() => interactions.dispose('i1', 'agent1', 'nonsense')).toThrow(code('disposition.unknown'));
  });

  it('I5 a locked database loses no note: it is read back, and stored when the lock is gone', () => {
    const { interactions, journal, kernel, clock, taken } = setUp();
    taken('i1');
    kernel.db.file.exec('BEGIN'); // the journal's own BEGIN fails now, as with another writer's lock
    interactions.saveNotes('i1', 'agent1', 'kept', 0);
    journal.flush();
    expect(journal.pending).toBe(1);
    expect(interactions.notes('i1')).toEqual({ notes: 'kept', rev: 1 });
    kernel.db.file.exec('ROLLBACK');
    clock.advance(1000);
    expect(journal.pending).toBe(0);
    expect(interactions.history({ limit: 1 }).items[0]?.notes).toBe('kept');
  });
});

describe('interactions: the list of dispositions', () => {
  it('I11 is in the order of the keys, changed at once and for the next start', () => {
    const { interactions, kernel, taken } = setUp();
    interactions.removeDisposition('sale');
    interactions.setDisposition({ id: 'refund', name: 'Refund', key: 6 });
    interactions.setDisposition({ id: 'resolved', name: 'Solved', key: 1 });
    const words = () => interactions.dispositions().map(({ key, id, name }) => `${key} ${id} ${name}`);
    expect(words().slice(0, 2)).toEqual(['1 resolved Solved', '2 follow-up Follow-up needed']);
    expect(words()).toContain('6 refund Refund');
    expect(words()).toHaveLength(9);
    taken('i1');
    interactions.dispose('i1', 'agent1', 'refund');
    const again = createInteractions({
      kernel,
      names: { user: () => undefined, queue: () => undefined, customer: () => undefined },
    });
    expect(again.dispositions()).toEqual(interactions.dispositions());
  });

  it('I11 has as many as are wanted: those without a key stand behind, by name', () => {
    const { interactions, kernel } = setUp();
    interactions.setDisposition({ id: 'zebra', name: 'Zebra', key: null });
    interactions.setDisposition({ id: 'promise', name: 'Promised to pay', key: null });
    interactions.removeDisposition('voicemail');
    interactions.setDisposition({ id: 'sale', name: 'Sale', key: null });
    const order = () => interactions.dispositions().map(({ id, key }) => `${key} ${id}`);
    expect(order().slice(-4)).toEqual(['9 dropped', 'null promise', 'null sale', 'null zebra']);
    expect(order()).toHaveLength(10);
    const names = { user: () => undefined, queue: () => undefined, customer: () => undefined };
    expect(createInteractions({ kernel, names }).dispositions()).toEqual(interactions.dispositions());
  });

  it('I11 refuses a key that is taken, one out of range, and taking the last one off', () => {
    const { interactions } = setUp();
    const before = interactions.dispositions();
    const refused = (run: () => void): unknown => {
      try {
        run();
      } catch (error) {
        return error instanceof AppError ? [error.code, error.details.why] : error;
      }
      return 'done';
    };
    expect(refused(() => interactions.setDisposition({ id: 'new', name: 'New', key: 6 }))).toEqual([
      'conflict',
      'key',
    ]);
    expect(refused(() => interactions.setDisposition({ id: 'resolved', name: 'x', key: 6 }))).toEqual([
      'conflict',
      'key',
    ]);
    expect(refused(() => interactions.setDisposition({ id: 'new', name: 'New', key: 10 }))).toEqual([
      'bad-request',
      undefined,
    ]);
    expect(refused(() => interactions.removeDisposition('none'))).toEqual(['not-found', undefined]);
    expect(interactions.dispositions()).toEqual(before);
    for (const { id } of before.slice(1)) interactions.removeDisposition(id);
    expect(refused(() => interactions.removeDisposition(before[0]?.id ?? ''))).toEqual(['conflict', 'last']);
    expect(refused(() => interactions.removeDisposition('sale'))).toEqual(['not-found', undefined]); // off already
    expect(interactions.dispositions()).toHaveLength(1);
  });

  it('I11 leaves contacts what they have, by its name, and does not let it be chosen again', () => {
    const { interactions, journal, taken } = setUp();
    taken('i1');
    taken('i2');
    interactions.dispose('i1', 'agent1', 'sale');
    journal.flush();
    interactions.removeDisposition('sale');
    expect(interactions.detail('i1').disposition).toEqual({ id: 'sale', name: 'Sale' });
    expect(() => interactions.dispose('i2', 'agent1', 'sale')).toThrow(/no such disposition/);
    interactions.setDisposition({ id: 'sale', name: 'Sold', key: 6 });
    interactions.dispose('i2', 'agent1', 'sale');
    expect(interactions.detail('i1').disposition).toEqual({ id: 'sale', name: 'Sold' });
  });
});

describe('interactions: after a restart', () => {
  it('I8 ends what was left open, with mended recordings, once', () => {
    const { interactions, journal, clock, taken, end } = setUp();
    const record = (interactionId: string): void =>
      void journal.append({ type: 'recording.started', interactionId, file: `d/${interactionId}.wav` });
    for (const id of ['i1', 'i2', 'i3', 'i4', 'i5']) taken(id);
    for (const id of ['i1', 'i2', 'i3', 'i5']) record(id);
    end('i3'); // its recording's end was lost
    end('i4');
    journal.flush();
    clock.advance(1000);
    const mended = new Map([
      ['i5', 6000],
      ['d/i1.wav', 4000],
      ['/data/recordings/d/i3.wav', 5000],
    ]);
    expect(interactions.endOpen(mended)).toBe(3);
    expect(interactions.openCount()).toBe(0);
    expect(interactions.detail('i1')).toMatchObject({
      end: 'server-restart',
      endedAt: clock.now(),
      hasRecording: true,
      recordingMs: 4000,
    });
    expect(interactions.detail('i2')).toMatchObject({ end: 'server-restart', hasRecording: false });
    expect(interactions.detail('i3')).toMatchObject({ end: 'caller-hung-up', recordingMs: 5000 });
    expect(interactions.detail('i5')).toMatchObject({ end: 'server-restart', recordingMs: 6000 });
    const { lastSeq } = journal;
    expect(interactions.endOpen(new Map())).toBe(0);
    expect(journal.lastSeq).toBe(lastSeq);
  });

  it('I8 keeps those open whose work goes on', () => {
    const { interactions, taken } = setUp();
    for (const id of ['i1', 'i2']) taken(id);
    expect(interactions.endOpen(new Map(), (id) => id === 'i2')).toBe(1);
    expect(interactions.openCount()).toBe(1);
    expect(interactions.detail('i2').endedAt).toBeNull();
  });
});

describe('interactions: the timeline', () => {
  it('I9 tells what happened in order, folds notes as they were typed, and shows no digits', () => {
    const { interactions, journal, taken } = setUp();
    taken('i1');
    journal.append({ type: 'call.digit', interactionId: 'i1', callId: 'c', digit: '7' });
    interactions.saveNotes('i1', 'agent1', 'n', 0);
    interactions.saveNotes('i1', 'agent1', 'no', 1);
    journal.append({
      type: 'interaction.ended',
      interactionId: 'i1',
      end: 'agent-hung-up',
      agentId: 'agent1',
    });
    journal.flush();
    const detail = interactionDetailSchema.parse(interactions.detail('i1'));
    expect(detail.timeline.map((line) => line.text)).toEqual([
      'Opened, inbound',
      'Queued',
      'Assigned to an agent',
      'Key pressed',
      'Notes saved',
      'Ended: agent hung up',
    ]);
    expect(detail.timeline[2]?.agent).toEqual({ id: 'agent1', name: 'Name of agent1' });
    expect(() => interactions.detail('nothing')).toThrow(code('not-found'));
  });
});

describe('interactions: the pop', () => {
  it('I10 one match: customer, open cases, complaint, the five newest ended contacts', () => {
    const { interactions, customers, store, journal, clock, addCustomer, open, end } = setUp();
    addCustomer('cust1', 'Li Wei', '+14155550123');
    const base = { customerId: 'cust1', subject: 's', openedAt: 1, dueAt: null, closedAt: null };
    store.addCase({ ...base, id: 'k1', kind: 'complaint', status: 'closed' });
    for (let i = 0; i < 8; i++) {
      clock.advance(1000);
      open(`i${i}`, { customerId: 'cust1' });
      if (i !== 7) end(`i${i}`);
    }
    journal.flush();
    const pop = () => buildPop({ customers, interactions }, customers.match('+14155550123'), '+14155550123');
    expect(pop()).toMatchObject({
      reason: 'one-match',
      customer: { id: 'cust1' },
      openComplaint: false,
      openCases: [],
    });
    expect(pop().recent.map((r) => r.id)).toEqual(['i6', 'i5', 'i4', 'i3', 'i2']);
    store.addCase({ ...base, id: 'k2', kind: 'complaint', status: 'waiting' });
    expect(pop()).toMatchObject({ openComplaint: true, openCases: [{ id: 'k2' }] });
  });

  it('I10 several: nothing of any of them until one is chosen; the candidates stay for choosing again', () => {
    const { interactions, customers, addCustomer } = setUp();
    addCustomer('a', 'A', '+14155550199');
    addCustomer('b', 'B', '+14155550199');
    const sources = { customers, interactions };
    const pop = buildPop(sources, customers.match('+14155550199'), '+14155550199');
    expect(pop).toMatchObject({
      reason: 'several-matches',
      customer: null,
      recent: [],
      openComplaint: false,
    });
    expect(pop.candidates).toHaveLength(2);
    expect(buildPop(sources, 'b', '+14155550199')).toMatchObject({
      reason: 'chosen',
      customer: { id: 'b' },
      candidates: [{ id: 'a' }, { id: 'b' }],
    });
    expect(buildPop(sources, null, '+14155550199')).toMatchObject({ reason: 'chosen', customer: null });
    expect(buildPop(sources, 'gone', 'anonymous')).toMatchObject({ customer: null, candidates: [] });
  });
});
