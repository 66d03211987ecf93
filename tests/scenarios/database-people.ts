import type { WorkView } from '#shared/contract/calls.ts';
import { endpoints } from '#shared/contract/index.ts';
import type { Call } from '../../scripts/phone/call.ts';
import type { Phone } from '../../scripts/phone/phone.ts';
import { type Chance, wait } from '../../scripts/traffic/chance.ts';
import { type DeskClient, Refused } from '../../scripts/traffic/desk.ts';
import type { TestAgent } from '../support/agent.ts';

const PATIENCE_MS = 30_000;

/** What people wrote down, and what the server said it has. */
export class Ledger {
  /** The newest notes of each contact that were acknowledged. */
  readonly notes = new Map<string, { readonly rev: number; readonly text: string }>();
  readonly dispositions = new Map<string, string>();
  /** Everything that was sent, by contact: what was not acknowledged may be there all the same. */
  readonly #sent = new Map<string, Set<string>>();
  /** Callers who heard that they will be called back, by number. */
  readonly promised = new Set<string>();
  /** Callers who asked for it and are still on the line; when. */
  readonly asked = new Map<string, number>();
  /** Servers that died: who was on the line with one of them is heard by none. */
  deaths = 0;
  acknowledged = 0;
  /** Answers that should not come: a fault of the server, in words. */
  readonly refused: string[] = [];

  async saveNotes(interactionId: string, text: string, save: () => Promise<{ rev: number }>): Promise<void> {
    this.#send(interactionId, text);
    const { rev } = await save();
    this.acknowledged += 1;
    if (rev > (this.notes.get(interactionId)?.rev ?? 0)) this.notes.set(interactionId, { rev, text });
  }

  async setDisposition(
    interactionId: string,
    disposition: string,
    set: () => Promise<unknown>,
  ): Promise<void> {
    this.#send(interactionId, disposition);
    await set();
    this.acknowledged += 1;
    this.dispositions.set(interactionId, disposition);
  }

  /** The server is about to die: whether who asks just now was heard, nobody knows. */
  serverDies(): void {
    this.asked.clear();
    this.deaths += 1;
  }

  /** Was this ever sent for this contact? */
  wasSent(interactionId: string, text: string): boolean {
    return this.#sent.get(interactionId)?.has(text) === true;
  }

  #send(interactionId: string, text: string): void {
    const sent = this.#sent.get(interactionId) ?? new Set();
    this.#sent.set(interactionId, sent.add(text));
  }
}

/**
 * An agent who works through every kill: answers, writes two notes, sets a disposition, ends the wrap-up, and after a
 * restart registers the phone again. What the server refuses because it is over is left alone.
 */
export class Worker {
  readonly agent: TestAgent;
  readonly #ledger: Ledger;
  readonly #chance: Chance;
  readonly #over: AbortSignal;
  readonly #hasty: boolean;
  readonly running: Promise<void>;
  /** Calls taken since `killed` was told last. */
  talked = 0;
  #epoch = '';
  #count = 0;
  #hangUpAt = 0;
  #busy = '';
  /** Why it could not go on; the first reason. */
  failure: unknown;

  /** @param hasty does not wait until what was written down is stored */
  constructor(agent: TestAgent, ledger: Ledger, chance: Chance, over: AbortSignal, hasty = false) {
    this.#hasty = hasty;
    this.agent = agent;
    this.#ledger = ledger;
    this.#chance = chance;
    this.#over = over;
    this.running = this.#run();
  }

  /** Has taken a call from the server that runs now. */
  get works(): boolean {
    return this.#epoch === this.agent.desk.epoch && this.agent.client.connected && this.talked > 0;
  }

  /** Counts anew. */
  killed(): void {
    this.talked = 0;
  }

  async #run(): Promise<void> {
    while (!this.#over.aborted) {
      try {
        if (this.agent.client.connected) await this.#step();
      } catch (error) {
        this.#told(error);
      }
      await wait(0.02, this.#over);
    }
  }

  /** A refusal is part of the game, and so is a line that breaks; a fault is not. */
  #told(error: unknown): void {
    if (error instanceof Refused) {
      if (/^(internal|conflict)$/.test(error.code)) this.#ledger.refused.push(error.message);
    } else if (error instanceof TypeError && !/fetch/.test(error.message)) this.failure ??= error;
  }

  #written(saving: Promise<void>): Promise<void> | undefined {
    if (!this.#hasty) return saving;
    saving.catch((error: unknown) => this.#told(error));
    return undefined;
  }

  async #step(): Promise<void> {
    const { agent } = this;
    const { desk } = agent;
    agent.desks.splice(0, agent.desks.length - 1); // a long run has many
    if (desk.epoch !== this.#epoch) {
      this.#epoch = desk.epoch;
      for (const call of agent.calls.splice(0)) void call.hangUp();
    }
    if (desk.phones === 0) await agent.phone?.register();
    if (desk.presence !== 'available' || desk.state === 'not-responding')
      await agent.setPresence('available');
    agent.calls.find(({ state }) => state === 'ringing')?.answer();
    const { work } = desk;
    if (!work) return;
    if (work.phase === 'wrap-up') await this.#finish(work);
    else
      await this.#talk(
        work,
        agent.calls.find(({ state }) => state === 'up'),
      );
  }

  async #talk(work: WorkView, call: Call | undefined): Promise<void> {
    if (this.#busy !== work.interactionId) {
      this.#busy = work.interactionId;
      this.talked += 1;
      this.#hangUpAt = Date.now() + this.#chance.between(300, 1_500);
      await this.#note(work);
    } else if (Date.now() > this.#hangUpAt) await call?.hangUp();
  }

  async #finish({ interactionId }: WorkView): Promise<void> {
    const disposition = this.#chance.pick(['resolved', 'follow-up', 'complaint']) ?? 'resolved';
    const { client } = this.agent;
    await this.#written(
      this.#ledger.setDisposition(interactionId, disposition, () =>
        client.command('disposition.set', { interactionId, disposition }, PATIENCE_MS),
      ),
    );
    const { work } = this.agent.desk;
    if (work?.interactionId === interactionId) await this.#note(work);
    await client.command('wrap-up.finish', { interactionId });
  }

  async #note({ interactionId, notesRev: base }: WorkView): Promise<void> {
    const notes = `note ${++this.#count} of ${this.agent.username}`;
    await this.#written(
      this.#ledger.saveNotes(interactionId, notes, () =>
        this.agent.client.command('notes.save', { interactionId, notes, base }, PATIENCE_MS),
      ),
    );
  }
}

/** The queue that nobody serves, where callbacks wait for as long as a run takes. */
export const PARKED = { queue: 'billing', number: '4003' };
const SERVED = '4001';

/**
 * Somebody who calls: mostly talks for a second or two, or gives up; now and then wants to be called back from the queue
 * that nobody serves, and hears the promise.
 */
export async function call(
  phone: Phone,
  ani: string,
  ledger: Ledger,
  chance: Chance,
  mayPark: boolean,
  over: AbortSignal,
): Promise<void> {
  const nobodyDid = ledger.promised.size + ledger.asked.size === 0;
  const parks = mayPark && (nobodyDid || chance.odds(0.12));
  const { deaths } = ledger;
  const line = await phone.call(parks ? PARKED.number : SERVED, { ani });
  await Promise.race([line.answered, wait(10, over)]);
  if (!parks) {
    if (chance.odds(0.1)) line.rtp.press('1'); // where it still waits it will be called back
    await Promise.race([line.ended, wait(chance.between(1, 5), over)]);
  } else if (line.state === 'up') {
    await wait(0.2, over);
    line.rtp.press('1');
    if (ledger.deaths === deaths) ledger.asked.set(ani, Date.now());
    const end = await Promise.race([line.ended, wait(10, over)]);
    if (end?.by === 'them' && ledger.deaths === deaths) ledger.promised.add(ani);
    ledger.asked.delete(ani);
  }
  void line.hangUp();
}

/** Asked with the token of before: a kill signs nobody out. */
export const waitingCallbacks = (supervisor: DeskClient) =>
  supervisor.request(endpoints.listWork, { query: { queue: PARKED.queue, limit: 200 } });

/** Asks the database itself. */
export type Query = <R>(sql: string) => Promise<R[]>;

/** What was acknowledged and is not there, in words. */
export async function missingWords(ledger: Ledger, query: Query): Promise<string[]> {
  const rows = await query<{
    id: string;
    notes: string | null;
    rev: number | null;
    disposition: string | null;
  }>(
    `SELECT i.id, w.notes, w.notes_rev AS rev, i.disposition FROM interaction i
      LEFT JOIN interaction_words w ON w.interaction_id = i.id WHERE i.n > 0`,
  );
  const stored = new Map(rows.map((row) => [row.id, row]));
  const missing: string[] = [];
  for (const [id, { rev, text }] of ledger.notes) {
    const row = stored.get(id);
    const newer = row && Number(row.rev) > rev && ledger.wasSent(id, row.notes ?? '');
    if (!newer && row?.notes !== text) missing.push(`notes of ${id}: ${row?.notes} in place of ${text}`);
  }
  for (const [id, disposition] of ledger.dispositions) {
    const found = stored.get(id)?.disposition;
    if (found == null || !ledger.wasSent(id, found))
      missing.push(`disposition of ${id}: ${found} in place of ${disposition}`);
  }
  return missing;
}

/** Facts that are missing or come twice, in words. */
export async function gaps(query: Query): Promise<string[]> {
  const [facts] = await query<Record<'n' | 'first' | 'last' | 'head', number>>(
    `SELECT count(*) AS n, min(seq) AS first, max(seq) AS last, (SELECT seq FROM head) AS head
       FROM journal WHERE seq > 0`,
  );
  if (!facts) return ['no facts'];
  const [n, first, last, head] = [facts.n, facts.first, facts.last, facts.head].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return n === last - first + 1 && last === head
    ? []
    : [`${n} facts from ${first} to ${last}, head at ${head}`];
}
