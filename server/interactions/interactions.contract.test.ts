import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createCustomers,
  customersMigrations,
  customersProjections,
  customersStore,
} from '#server/customers/index.ts';
import { DatabaseUnavailable, type Dialect, type Params, statements } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { interactionDetailSchema, interactionSummarySchema } from '#shared/contract/interactions.ts';
import { onEachDatabase } from '../../tests/kits/databases/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { turns } from '../../tests/support/turns.ts';
import {
  buildPop,
  createInteractions,
  interactionsMigrations,
  interactionsProjections,
  wordsOps,
} from './index.ts';
import type { InteractionsTables } from './schema.ts';

const HOUR = 3_600_000;
const sql = statements<InteractionsTables>();

async function setUp(dialect: Dialect) {
  const kernel = await testKernel([...customersMigrations, ...interactionsMigrations], dialect);
  const { journal, clock, db } = kernel;
  for (const one of [...customersProjections, ...interactionsProjections]) journal.project(one);
  const customers = await createCustomers({ kernel });
  const create = () =>
    createInteractions({
      kernel,
      names: {
        user: (id) => (id.startsWith('agent') ? { id, name: `Name of ${id}` } : undefined),
        queue: (id) => ({ id, name: id.toUpperCase() }),
        customers: customers.summaries,
      },
    });
  const interactions = await create();
  const addCustomer = async (id: string, name: string, phone: string): Promise<void> =>
    void (await db.write(
      customersStore.customerOps(
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
      ),
    ));
  const open = (interactionId: string, more: { ani?: string; customerId?: string } = {}): void =>
    void interactions.open({
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
  const taken = async (id: string, agentId = 'agent1'): Promise<void> => {
    open(id);
    queue(id, 'support');
    assign(id, agentId);
    await journal.flush();
  };
  return {
    kernel,
    journal,
    clock,
    customers,
    interactions,
    create,
    addCustomer,
    open,
    end,
    assign,
    queue,
    taken,
    /** Time stands still, so what waits to be stored is pushed. */
    async done<T>(promise: Promise<T>): Promise<T> {
      let over = false;
      const ended = (): void => {
        over = true;
      };
      promise.then(ended, ended);
      while (!over) {
        await journal.flush();
        await turns(2);
      }
      return promise;
    },
    /** The database takes no writes until the returned function is called. */
    lock(): () => void {
      const { write } = db;
      const refuse = async () => {
        throw new DatabaseUnavailable('another program holds the database', { cause: undefined });
      };
      Object.assign(db, { write: refuse });
      return () => void Object.assign(db, { write });
    },
  };
}
type World = Awaited<ReturnType<typeof setUp>>;

const code = (wanted: string) => expect.objectContaining({ code: wanted });

const rows = sql((q) => q.selectFrom('interaction').selectAll().orderBy('n'));
const wordsOf = sql((q, p: Params<{ id: string }>) =>
  q
    .selectFrom('interaction_words')
    .select(['ani', 'dnis', 'notes', 'notes_rev'])
    .where('interaction_id', '=', p('id')),
);
const erase = sql((q, p: Params<{ id: string }>) =>
  q.deleteFrom('interaction_words').where('interaction_id', '=', p('id')),
);
const damage = sql((q, p: Params<{ id: string }>) =>
  q
    .updateTable('interaction')
    .set({
      channel: 'pigeon',
      direction: 'sideways',
      end: 'eaten',
      agent_id: 'no id',
      disposition: '',
      answered_at: -1,
      recording_ms: -5,
    })
    .where('id', '=', p('id')),
);
const rename = sql((q, p: Params<{ id: string; to: string }>) =>
  q
    .updateTable('interaction')
    .set({ id: p('to') })
    .where('id', '=', p('id')),
);

onEachDatabase('interactions', (dialect) => {
  let world: World;
  beforeEach(async () => {
    world = await setUp(dialect);
  });
  afterEach(async () => {
    await world.interactions.stop();
    await world.kernel.db.close();
  });

  describe('the projection', () => {
    it('I1 I2 a whole call becomes one line, fit for the contract', async () => {
      const { interactions, journal, clock, open, queue, assign, end, addCustomer } = world;
      await addCustomer('cust1', 'Li Wei', '+14155550123');
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
      await journal.flush();
      expect(await interactions.recordingFile('i1')).toBeUndefined();
      journal.append({
        type: 'recording.ended',
        interactionId: 'i1',
        file: '2024/i1.wav',
        durationMs: 60_000.5,
      });
      await journal.flush();
      const [line] = (await interactions.history({ limit: 10 })).items;
      const expected = {
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
      };
      expect(interactionSummarySchema.parse(line)).toEqual(expected);
      expect(await interactions.detail('i1')).toMatchObject(expected);
      expect(await interactions.recordingFile('i1')).toBe('2024/i1.wav');
      expect(interactions.openCount()).toBe(0);
    });

    it('I1 facts about an unknown contact and a second opening change nothing, and the journal goes on', async () => {
      const { interactions, journal, open, end, assign, queue } = world;
      assign('ghost', 'agent1');
      queue('ghost', 'support');
      end('ghost');
      journal.append({ type: 'recording.ended', interactionId: 'ghost', file: 'f', durationMs: 1 });
      open('i1', { ani: '+1' });
      open('i1', { ani: '+2' });
      await journal.flush();
      expect(journal.pending).toBe(0);
      expect((await interactions.history({ limit: 10 })).items.map((i) => i.ani)).toEqual(['+1']);
      expect(interactions.contact('i1')?.ani).toBe('+1');
      expect(interactions.openCount()).toBe(1);
    });

    it('I1 an agent, a queue and a customer that are gone do not break the line', async () => {
      const { interactions, journal, open, assign } = world;
      open('i1', { customerId: 'gone' });
      assign('i1', 'left');
      await journal.flush();
      expect((await interactions.history({ limit: 1 })).items[0]).toMatchObject({
        customer: null,
        agent: { id: 'left', name: 'left' },
      });
    });

    it('I1 the row holds what the facts say and no more: made anew from the journal it is the same', async () => {
      const { interactions, journal, kernel, open, taken, end, done } = world;
      open('i1', { customerId: 'cust1' });
      await taken('i2');
      await done(interactions.saveNotes('i2', 'agent1', 'words', 0));
      await done(interactions.dispose('i2', 'agent1', 'sale'));
      journal.append({ type: 'call.bridged', interactionId: 'i2', callId: 'c', agentId: 'agent1' });
      journal.append({ type: 'interaction.matched', interactionId: 'i2', customerId: 'cust2' });
      journal.append({ type: 'recording.started', interactionId: 'i2', file: 'a.wav' });
      journal.append({ type: 'recording.ended', interactionId: 'i2', file: 'a.wav', durationMs: 1.25 });
      journal.append({ type: 'recording.failed', interactionId: 'i1', problem: 'no disk' });
      end('i2');
      open('i1', { customerId: 'another' });
      await journal.flush();
      const before = await kernel.db.all(rows());
      expect(before.map(({ n, id }) => [n, id])).toEqual([
        [1, 'i1'],
        [2, 'i2'],
      ]);
      const facts = await journal.since(0);
      await kernel.db.write([
        sql((q) => q.deleteFrom('interaction'))(),
        ...facts.flatMap((fact) => interactionsProjections.flatMap(({ project }) => project(fact))),
      ]);
      expect(await kernel.db.all(rows())).toEqual(before);
    });

    it('I12 what people said stands in no fact, and can be erased', async () => {
      const { interactions, journal, kernel, taken, end, done } = world;
      await taken('i1');
      await done(interactions.saveNotes('i1', 'agent1', 'her mother is ill', 0));
      end('i1');
      await journal.flush();
      expect(JSON.stringify(await journal.since(0))).not.toMatch(/mother|4155550123|4001/);
      expect(await kernel.db.one(wordsOf({ id: 'i1' }))).toEqual({
        ani: '+14155550123',
        dnis: '4001',
        notes: 'her mother is ill',
        notes_rev: 1,
      });
      await kernel.db.write([erase({ id: 'i1' })]);
      const again = await world.create();
      expect(await again.history({ limit: 1 })).toMatchObject({ items: [{ id: 'i1', ani: '', notes: '' }] });
      expect(interactionDetailSchema.parse(await again.detail('i1'))).toMatchObject({ ani: '', notesRev: 0 });
      expect(await done(again.saveNotes('i1', 'agent1', 'new', 0))).toBe(1);
      expect(await kernel.db.one(wordsOf({ id: 'i1' }))).toMatchObject({ ani: '', notes: 'new' });
      await again.stop();
    });

    it('I13 a damaged row is shown without what means nothing, and no request fails', async () => {
      const { journal, kernel, open, assign, end } = world;
      for (const id of ['i1', 'i2']) {
        open(id);
        assign(id, 'agent1');
        end(id);
      }
      await journal.flush();
      await kernel.db.write([damage({ id: 'i1' }), rename({ id: 'i2', to: 'not an id' })]);
      const again = await world.create();
      const { items } = await again.history({ limit: 10 });
      expect(items.map((line) => interactionSummarySchema.parse(line))).toMatchObject([
        {
          id: 'i1',
          channel: 'call',
          direction: 'inbound',
          end: null,
          agent: null,
          disposition: null,
          answeredAt: null,
          recordingMs: null,
        },
      ]);
      expect(interactionDetailSchema.parse(await again.detail('i1')).timeline).toHaveLength(3);
      expect(await again.recordingFile('i1')).toBeUndefined();
      await expect(again.saveNotes('i1', 'agent1', 'x', 0)).rejects.toThrow(code('forbidden'));
      await again.stop();
    });
  });

  describe('contacts in memory', () => {
    it('I5 an open contact is known at once, before anything is stored, and so is all that happens to it', async () => {
      const { interactions, journal, clock, open, queue, assign, end, lock } = world;
      const unlock = lock();
      const startedAt = clock.now();
      open('i1', { customerId: 'cust1' });
      queue('i1', 'support');
      assign('i1', 'agent1');
      clock.advance(10);
      journal.append({ type: 'call.bridged', interactionId: 'i1', callId: 'c', agentId: 'agent1' });
      expect(interactions.contact('i1')).toMatchObject({
        id: 'i1',
        channel: 'call',
        direction: 'inbound',
        ani: '+14155550123',
        dnis: '4001',
        customerId: 'cust1',
        agentId: 'agent1',
        queueId: 'support',
        startedAt,
        answeredAt: startedAt + 10,
        endedAt: null,
        end: null,
      });
      expect(interactions.openCount()).toBe(1);
      expect(interactionDetailSchema.parse(await interactions.detail('i1'))).toMatchObject({
        ani: '+14155550123',
        queue: { id: 'support' },
        timeline: [{ text: 'Opened, inbound' }, { text: 'Queued' }, {}, { text: 'Talking with an agent' }],
      });
      end('i1');
      journal.append({ type: 'interaction.matched', interactionId: 'i1', customerId: null });
      expect(interactions.contact('i1')).toMatchObject({ customerId: null, end: 'caller-hung-up' });
      expect(interactions.openCount()).toBe(0);
      expect(interactions.contact('ghost')).toBeUndefined();
      unlock();
    });

    it('I5 what is open is in memory after a start; what ended is when it is asked to be held', async () => {
      const { interactions, taken, end, journal, done } = world;
      await taken('i1');
      await taken('i2');
      await done(interactions.saveNotes('i1', 'agent1', 'first', 0));
      await done(interactions.saveNotes('i2', 'agent1', 'second', 0));
      await done(interactions.dispose('i2', 'agent1', 'sale'));
      end('i2');
      await journal.flush();
      const again = await world.create();
      expect(again.openCount()).toBe(1);
      expect(again.notes('i1')).toEqual({ notes: 'first', rev: 1 });
      expect(again.contact('i2')).toBeUndefined();
      expect(again.notes('i2')).toEqual({ notes: '', rev: 0 });
      await again.hold('i2');
      await again.hold('none');
      expect(again.contact('i2')).toMatchObject({ ani: '+14155550123', end: 'caller-hung-up' });
      expect(again.notes('i2')).toEqual({ notes: 'second', rev: 1 });
      expect(again.disposition('i2')).toBe('sale');
      await again.stop();
    });
  });

  describe('notes and dispositions', () => {
    it('I4 I5 each save makes a revision, shown once it is stored', async () => {
      const { interactions, journal, taken } = world;
      await taken('i1');
      expect(interactions.notes('i1')).toEqual({ notes: '', rev: 0 });
      const saves = [
        interactions.saveNotes('i1', 'agent1', 'a', 0),
        interactions.saveNotes('i1', 'agent1', 'ab', 1),
      ];
      expect(journal.pending).toBe(2);
      expect(interactions.notes('i1')).toEqual({ notes: '', rev: 0 });
      await journal.flush();
      expect(await Promise.all(saves)).toEqual([1, 2]);
      expect(interactions.notes('i1')).toEqual({ notes: 'ab', rev: 2 });
      expect(await interactions.detail('i1')).toMatchObject({ notes: 'ab', notesRev: 2 });
      expect((await interactions.history({ limit: 1 })).items[0]?.notes).toBe('ab');
    });

    it('I4 an older base is stale and says what is newer; one from nowhere too; the same text again is a retry', async () => {
      const { interactions, journal, taken } = world;
      await taken('i1');
      const first = interactions.saveNotes('i1', 'agent1', 'first', 0);
      for (const base of [0, 7]) {
        const error = await interactions.saveNotes('i1', 'agent1', 'second', base).catch((e: unknown) => e);
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'notes.stale', details: { rev: 1, notes: 'first' } });
      }
      const retry = interactions.saveNotes('i1', 'agent1', 'first', 0);
      expect(journal.pending).toBe(1);
      await journal.flush();
      expect(await Promise.all([first, retry])).toEqual([1, 1]);
      expect(await interactions.saveNotes('i1', 'agent1', 'first', 0)).toBe(1);
      expect(journal.pending).toBe(0);
    });

    it('I4 of two who save over the same notes the second is stale, also when the contact must be read first', async () => {
      const { interactions, taken, end, done, journal } = world;
      await taken('i1');
      end('i1');
      await journal.flush();
      const fresh = await world.create(); // has it not in memory
      for (const [room, rev] of [
        [interactions, 0],
        [fresh, 1],
      ] as const) {
        const outcomes = await Promise.allSettled([
          done(room.saveNotes('i1', 'agent1', `one over ${rev}`, rev)),
          room.saveNotes('i1', 'agent1', `two over ${rev}`, rev),
        ]);
        expect(outcomes).toMatchObject([
          { status: 'fulfilled', value: rev + 1 },
          { status: 'rejected', reason: { code: 'notes.stale', details: { notes: `one over ${rev}` } } },
        ]);
      }
      await fresh.stop();
    });

    it('I3 only the assigned agent writes: not another, not before, and the new one after a transfer', async () => {
      const { interactions, taken, open, assign, done } = world;
      await taken('i1');
      open('i2');
      const refused = async (promise: Promise<unknown>) =>
        (await promise.catch((e: AppError) => e)) as AppError;
      expect((await refused(interactions.saveNotes('i1', 'agent2', 'x', 0))).code).toBe('forbidden');
      expect((await refused(interactions.saveNotes('i2', 'agent1', 'x', 0))).code).toBe('forbidden');
      expect((await refused(done(interactions.saveNotes('nothing', 'agent1', 'x', 0)))).code).toBe(
        'not-found',
      );
      expect((await refused(interactions.dispose('i1', 'agent2', 'resolved'))).code).toBe('forbidden');
      await done(interactions.saveNotes('i1', 'agent1', 'mine', 0));
      assign('i1', 'agent2');
      expect(await done(interactions.saveNotes('i1', 'agent2', 'mine and yours', 1))).toBe(2);
      expect((await refused(interactions.saveNotes('i1', 'agent1', 'x', 2))).code).toBe('forbidden');
    });

    it('I3 I5 an assignment appended in the same turn counts', async () => {
      const { interactions, open, assign, done } = world;
      open('i1');
      assign('i1', 'agent1');
      expect(await done(interactions.saveNotes('i1', 'agent1', 'x', 0))).toBe(1);
    });

    it('I3 24 hours after the end the contact is closed to its agent', async () => {
      const { interactions, clock, journal, taken, end, done } = world;
      await taken('i1');
      end('i1');
      await journal.flush();
      clock.advance(24 * HOUR);
      await done(interactions.saveNotes('i1', 'agent1', 'late', 0));
      clock.advance(1);
      await expect(interactions.saveNotes('i1', 'agent1', 'too late', 1)).rejects.toThrow(code('forbidden'));
      await expect(interactions.dispose('i1', 'agent1', 'sale')).rejects.toThrow(code('forbidden'));
    });

    it('I3 dispositions: nine by key; set, changed, the same one once, an unknown one refused', async () => {
      const { interactions, journal, taken, done } = world;
      await taken('i1');
      expect(interactions.dispositions().map((d) => d.key)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(interactions.disposition('i1')).toBeNull();
      const twice = [
        interactions.dispose('i1', 'agent1', 'sale'),
        interactions.dispose('i1', 'agent1', 'sale'),
      ];
      expect(journal.pending).toBe(1);
      expect(interactions.disposition('i1')).toBeNull();
      await done(Promise.all(twice));
      expect(interactions.disposition('i1')).toBe('sale');
      await done(interactions.dispose('i1', 'agent1', 'no-sale'));
      expect((await interactions.detail('i1')).disposition).toEqual({ id: 'no-sale', name: 'No sale' });
      await expect(interactions.dispose('i1', 'agent1', 'nonsense')).rejects.toThrow(
        code('disposition.unknown'),
      );
    });

    it('I5 a locked database loses no note: it is shown and acknowledged when the lock is gone and it is stored', async () => {
      const { interactions, journal, clock, taken, lock } = world;
      await taken('i1');
      const unlock = lock();
      const told: string[] = [];
      const tell = (what: string) => () => void told.push(what);
      void interactions.saveNotes('i1', 'agent1', 'kept', 0).then(tell('saved'));
      void interactions.saveNotes('i1', 'agent1', 'kept', 0).then(tell('saved again'));
      void interactions.dispose('i1', 'agent1', 'sale').then(tell('disposed'));
      void interactions.dispose('i1', 'agent1', 'sale').then(tell('disposed again'));
      void interactions.removeDisposition('sale', 'admin1').then(tell('removed'));
      for (let i = 0; i < 5; i++) {
        clock.advance(1000);
        await turns();
      }
      expect(told).toEqual([]);
      expect(journal.pending).toBe(3);
      expect(interactions.notes('i1')).toEqual({ notes: '', rev: 0 });
      expect(interactions.disposition('i1')).toBeNull();
      expect(interactions.dispositions().map(({ id }) => id)).not.toContain('sale');
      unlock();
      clock.advance(1000);
      await journal.flush();
      await turns();
      expect(told.sort()).toEqual(['disposed', 'disposed again', 'removed', 'saved', 'saved again']);
      expect(interactions.notes('i1')).toEqual({ notes: 'kept', rev: 1 });
      expect(interactions.disposition('i1')).toBe('sale');
      expect((await interactions.history({ limit: 1 })).items[0]?.notes).toBe('kept');
    });

    it('I4 notes are kept whatever is typed into them, but for what no database takes', async () => {
      const { interactions, taken, done } = world;
      await taken('i1');
      const typed = 'a\0b "\' \\ \n 漢字 \u{1F600}';
      await done(interactions.saveNotes('i1', 'agent1', typed, 0));
      expect((await interactions.history({ limit: 1 })).items[0]?.notes).toBe(typed.replace('\0', ''));
      expect(await interactions.saveNotes('i1', 'agent1', typed, 0)).toBe(1);
    });

    it('I4 an older revision that comes late does not replace a newer one', async () => {
      const { interactions, kernel, taken, done } = world;
      await taken('i1');
      await done(interactions.saveNotes('i1', 'agent1', 'a', 0));
      await done(interactions.saveNotes('i1', 'agent1', 'b', 1));
      await kernel.db.write(wordsOps({ interactionId: 'i1', notes: 'old', rev: 1 }));
      expect(await kernel.db.one(wordsOf({ id: 'i1' }))).toMatchObject({ notes: 'b', notes_rev: 2 });
    });
  });

  describe('the list of dispositions', () => {
    const by = 'admin1';

    it('I11 is in the order of the keys, changed at once and for the next start', async () => {
      const { interactions, taken, create, done } = world;
      const changes = [
        interactions.removeDisposition('sale', by),
        interactions.setDisposition({ id: 'refund', name: 'Refund', key: 6 }, by),
        interactions.setDisposition({ id: 'resolved', name: 'Solved', key: 1 }, by),
      ];
      const words = () => interactions.dispositions().map(({ key, id, name }) => `${key} ${id} ${name}`);
      expect(words().slice(0, 2)).toEqual(['1 resolved Solved', '2 follow-up Follow-up needed']);
      expect(words()).toContain('6 refund Refund');
      expect(words()).toHaveLength(9);
      await done(Promise.all(changes));
      await taken('i1');
      await done(interactions.dispose('i1', 'agent1', 'refund'));
      const again = await create();
      expect(again.dispositions()).toEqual(interactions.dispositions());
      await again.stop();
    });

    it('I11 each change is a fact that says who, what was and what is', async () => {
      const { interactions, journal, done } = world;
      await done(interactions.setDisposition({ id: 'new', name: 'New', key: null }, by));
      await done(interactions.setDisposition({ id: 'sale', name: 'Sold', key: 6 }, by));
      await done(interactions.removeDisposition('new', 'system'));
      const what = 'disposition';
      const sale = { id: 'sale', name: 'Sale', key: 6 };
      const added = { id: 'new', name: 'New', key: null };
      expect(await journal.since(0)).toMatchObject([
        { type: 'routing.changed', by, what, subject: 'new', change: 'set', before: null, after: added },
        { by, what, subject: 'sale', change: 'set', before: sale, after: { ...sale, name: 'Sold' } },
        { by: 'system', what, subject: 'new', change: 'removed', before: added, after: null },
      ]);
    });

    it('I11 has as many as are wanted: those without a key stand behind, by name', async () => {
      const { interactions, create, done } = world;
      await done(interactions.setDisposition({ id: 'zebra', name: 'Zebra', key: null }, by));
      await done(interactions.setDisposition({ id: 'promise', name: 'Promised to pay', key: null }, by));
      await done(interactions.removeDisposition('voicemail', by));
      await done(interactions.setDisposition({ id: 'sale', name: 'Sale', key: null }, by));
      const order = () => interactions.dispositions().map(({ id, key }) => `${key} ${id}`);
      expect(order().slice(-4)).toEqual(['9 dropped', 'null promise', 'null sale', 'null zebra']);
      expect(order()).toHaveLength(10);
      const again = await create();
      expect(again.dispositions()).toEqual(interactions.dispositions());
      await again.stop();
    });

    it('I11 refuses a key that is taken, one out of range, and taking the last one off', async () => {
      const { interactions, done } = world;
      const before = interactions.dispositions();
      const refused = (run: Promise<void>): Promise<unknown> =>
        done(run).then(
          () => 'done',
          (error: unknown) => (error instanceof AppError ? [error.code, error.details.why] : error),
        );
      const set = (id: string, name: string, key: number) =>
        refused(interactions.setDisposition({ id, name, key }, by));
      const remove = (id: string) => refused(interactions.removeDisposition(id, by));
      expect(await set('new', 'New', 6)).toEqual(['conflict', 'key']);
      expect(await set('resolved', 'x', 6)).toEqual(['conflict', 'key']);
      expect(await set('new', 'New', 10)).toEqual(['bad-request', undefined]);
      expect(await remove('none')).toEqual(['not-found', undefined]);
      expect(interactions.dispositions()).toEqual(before);
      for (const { id } of before.slice(1)) expect(await remove(id)).toBe('done');
      expect(await remove(before[0]?.id ?? '')).toEqual(['conflict', 'last']);
      expect(await remove('sale')).toEqual(['not-found', undefined]); // off already
      expect(interactions.dispositions()).toHaveLength(1);
    });

    it('I11 of two administrators who give the same key at once the second is refused', async () => {
      const { interactions, done } = world;
      await done(interactions.removeDisposition('sale', by));
      const outcomes = await Promise.allSettled([
        done(interactions.setDisposition({ id: 'a', name: 'A', key: 6 }, by)),
        interactions.setDisposition({ id: 'b', name: 'B', key: 6 }, 'admin2'),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    });

    it('I11 leaves contacts what they have, by its name, and does not let it be chosen again', async () => {
      const { interactions, taken, done } = world;
      await taken('i1');
      await taken('i2');
      await done(interactions.dispose('i1', 'agent1', 'sale'));
      await done(interactions.removeDisposition('sale', by));
      expect((await interactions.detail('i1')).disposition).toEqual({ id: 'sale', name: 'Sale' });
      await expect(interactions.dispose('i2', 'agent1', 'sale')).rejects.toThrow(/no such disposition/);
      await done(interactions.setDisposition({ id: 'sale', name: 'Sold', key: 6 }, by));
      await done(interactions.dispose('i2', 'agent1', 'sale'));
      expect((await interactions.detail('i1')).disposition).toEqual({ id: 'sale', name: 'Sold' });
    });
  });

  describe('after a restart', () => {
    it('I8 ends what was left open, with mended recordings, once', async () => {
      const { journal, clock, taken, end, create, done } = world;
      const record = (interactionId: string): void =>
        void journal.append({ type: 'recording.started', interactionId, file: `d/${interactionId}.wav` });
      for (const id of ['i1', 'i2', 'i3', 'i4', 'i5']) await taken(id);
      for (const id of ['i1', 'i2', 'i3', 'i5']) record(id);
      end('i3'); // its recording's end was lost
      end('i4');
      await journal.flush();
      clock.advance(1000);
      const next = await create();
      const mended = new Map([
        ['i5', 6000],
        ['d/i1.wav', 4000],
        ['/data/recordings/d/i3.wav', 5000],
      ]);
      expect(next.openCount()).toBe(3);
      expect(await done(next.endOpen(mended))).toBe(3);
      expect(journal.pending).toBe(0);
      expect(next.openCount()).toBe(0);
      expect(await next.detail('i1')).toMatchObject({
        end: 'server-restart',
        endedAt: clock.now(),
        hasRecording: true,
        recordingMs: 4000,
      });
      expect(await next.detail('i2')).toMatchObject({ end: 'server-restart', hasRecording: false });
      expect(await next.detail('i3')).toMatchObject({ end: 'caller-hung-up', recordingMs: 5000 });
      expect(await next.detail('i5')).toMatchObject({ end: 'server-restart', recordingMs: 6000 });
      const { lastSeq } = journal;
      expect(await next.endOpen(new Map())).toBe(0);
      expect(journal.lastSeq).toBe(lastSeq);
      await next.stop();
    });

    it('I8 keeps those open whose work goes on', async () => {
      const { interactions, taken, done } = world;
      for (const id of ['i1', 'i2']) await taken(id);
      expect(await done(interactions.endOpen(new Map(), (id) => id === 'i2'))).toBe(1);
      expect(interactions.openCount()).toBe(1);
      expect((await interactions.detail('i2')).endedAt).toBeNull();
    });
  });

  describe('the timeline', () => {
    it('I9 tells what happened in order, folds notes as they were typed, and shows no keys', async () => {
      const { interactions, journal, taken, done } = world;
      await taken('i1');
      journal.append({ type: 'flow.menu-left', interactionId: 'i1', node: 'main', by: 'key' });
      await done(interactions.saveNotes('i1', 'agent1', 'n', 0));
      await done(interactions.saveNotes('i1', 'agent1', 'no', 1));
      journal.append({
        type: 'interaction.ended',
        interactionId: 'i1',
        end: 'agent-hung-up',
        agentId: 'agent1',
      });
      await journal.flush();
      const detail = interactionDetailSchema.parse(await interactions.detail('i1'));
      expect(detail.timeline.map((line) => line.text)).toEqual([
        'Opened, inbound',
        'Queued',
        'Assigned to an agent',
        'Left a menu',
        'Notes saved',
        'Ended: agent hung up',
      ]);
      expect(detail.timeline[2]?.agent).toEqual({ id: 'agent1', name: 'Name of agent1' });
      await expect(interactions.detail('nothing')).rejects.toThrow(code('not-found'));
    });
  });

  describe('the pop', () => {
    it('I10 one match: customer, open cases, complaint, the five newest ended contacts', async () => {
      const { interactions, customers, kernel, journal, clock, addCustomer, open, end } = world;
      await addCustomer('cust1', 'Li Wei', '+14155550123');
      const base = { customerId: 'cust1', subject: 's', openedAt: 1, dueAt: null, closedAt: null };
      const add = (id: string, status: 'closed' | 'waiting') =>
        kernel.db.write(customersStore.caseOps({ ...base, id, kind: 'complaint', status }));
      await add('k1', 'closed');
      for (let i = 0; i < 8; i++) {
        clock.advance(1000);
        open(`i${i}`, { customerId: 'cust1' });
        if (i !== 7) end(`i${i}`);
      }
      await journal.flush();
      const pop = async () =>
        buildPop({ customers, interactions }, await customers.match('+14155550123'), '+14155550123');
      expect(await pop()).toMatchObject({
        reason: 'one-match',
        customer: { id: 'cust1' },
        openComplaint: false,
        openCases: [],
      });
      expect((await pop()).recent.map((r) => r.id)).toEqual(['i6', 'i5', 'i4', 'i3', 'i2']);
      await add('k2', 'waiting');
      expect(await pop()).toMatchObject({ openComplaint: true, openCases: [{ id: 'k2' }] });
    });

    it('I10 several: nothing of any of them until one is chosen; the candidates stay for choosing again', async () => {
      const { interactions, customers, addCustomer } = world;
      await addCustomer('a', 'A', '+14155550199');
      await addCustomer('b', 'B', '+14155550199');
      const sources = { customers, interactions };
      const pop = await buildPop(sources, await customers.match('+14155550199'), '+14155550199');
      expect(pop).toMatchObject({
        reason: 'several-matches',
        customer: null,
        recent: [],
        openComplaint: false,
      });
      expect(pop.candidates).toHaveLength(2);
      expect(await buildPop(sources, 'b', '+14155550199')).toMatchObject({
        reason: 'chosen',
        customer: { id: 'b' },
        candidates: [{ id: 'a' }, { id: 'b' }],
      });
      expect(await buildPop(sources, null, '+14155550199')).toMatchObject({
        reason: 'chosen',
        customer: null,
      });
      expect(await buildPop(sources, 'gone', 'anonymous')).toMatchObject({ customer: null, candidates: [] });
    });
  });
});
