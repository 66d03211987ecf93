import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk } from '#shared/contract/desk.ts';
import { endpoints } from '#shared/contract/index.ts';
import { dialects } from '../kits/databases/index.ts';
import { TestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Answer,
  type Asked,
  ask,
  command,
  request,
  type Sample,
  signIn,
  signInAdmin,
  watchTruth,
  wholeCall,
} from './database-kit.ts';
import { cut, type Fragile, full, locked, silent, stopped, type Way } from './database-ways.ts';

const onPostgres = [stopped, cut, silent].filter(() => dialects.includes('postgres'));
/** How long the database is away. A lock of 15 s is what a careless backup takes. */
const ways: [string, Way, number][] = [
  [locked.name, locked, 15_000],
  [full.name, full, 5_000],
  ...onPostgres.map((way): [string, Way, number] => [way.name, way, 8_000]),
];
/** The first sign of an outage, and the first of its end, may be so late; beside other work on the machine. */
const TOLD_MS = 1_000;
const SLACK_MS = 500;
const WRAP_UP = { wrapUp: { mode: 'timed', ms: 600_000, extendMs: 0 } } as const;

/** The database goes away while an agent is in wrap-up and nothing else happens; then people go on working. */
describe.each(ways)('while %s', (_, way, awayMs) => {
  let centre: Fragile;
  let agent: TestAgent;
  let writer: TestAgent;
  let samples: readonly Sample[];
  let takenAt: number;
  let backAt: number;
  /** The contact of `writer`, in wrap-up before the database went away. */
  let contact: string;
  let desksMeanwhile: readonly Desk[];
  let call: Awaited<ReturnType<typeof wholeCall>>;
  let afterwards: Awaited<ReturnType<typeof wholeCall>>;
  let commands: Record<'first' | 'second' | 'disposition' | 'ofTheNewCall', Asked<object>>;
  let setting: Asked<Answer>;
  let signedIn: Awaited<ReturnType<typeof signIn>>;
  /** Of every GET of the contract, by name. */
  let reads: Readonly<Record<string, Answer>>;
  let healthyAt: number;

  beforeAll(async () => {
    centre = await way.open({ agents: 3, support: WRAP_UP });
    const { place } = centre;
    const admin = await signInAdmin(place);
    writer = await TestAgent.start(place, 'agent2');
    ({ interactionId: contact } = await wholeCall(place, writer, '+14155550101'));
    const save = (notes: string, base: number, interactionId = contact, by = writer) =>
      command(by, 'notes.save', { interactionId, notes, base });
    await save('before', 0).answer;
    await writer.until(({ work }) => work?.notes === 'before', 'what was stored before');
    agent = await TestAgent.start(place, 'agent1');

    const truth = watchTruth(place.url, () => writer.desk);
    await eventually(() => truth.samples.length > 3, 'a second of health');
    const seen = writer.desks.length;
    const taking = Date.now();
    await centre.take();
    takenAt = way === locked ? Date.now() : taking;
    await eventually(() => truth.samples.at(-1)?.status === 503, 'health says so', 10_000);

    const second = { first: save('first', 1), second: save('second', 2) };
    commands = {
      ...second,
      disposition: command(writer, 'disposition.set', { interactionId: contact, disposition: 'resolved' }),
      ofTheNewCall: ask(Promise.resolve({})),
    };
    setting = ask(
      request(
        place,
        admin.desk.token,
        { method: 'PUT', path: '/api/routing/skills/welsh' },
        { name: 'Welsh' },
      ),
    );
    call = await wholeCall(place, agent, '+14155550102');
    commands.ofTheNewCall = save('of the new call', 0, call.interactionId, agent);
    signedIn = await signIn(place, 'agent3', 'demo');
    reads = Object.fromEntries(
      await Promise.all(
        Object.entries(endpoints)
          .filter(([, { method }]) => method === 'GET')
          .map(async ([name, { method, path }]): Promise<[string, Answer]> => {
            const to = { method, path: path.replace(':id', contact) };
            return [name, await request(place, admin.desk.token, to)];
          }),
      ),
    );
    await eventually(() => Date.now() - takenAt >= awayMs, 'the database is away for long enough', awayMs);
    desksMeanwhile = writer.desks.slice(seen);
    backAt = Date.now();
    await centre.giveBack();
    if (way !== locked && way !== full) backAt = Date.now();
    await eventually(() => truth.samples.at(-1)?.status === 200, 'health is well again', 20_000);
    healthyAt = truth.samples.at(-1)?.at ?? 0;
    await Promise.all([setting.answer, ...Object.values(commands).map(({ answer }) => answer)]);
    await agent.client.command('wrap-up.finish', { interactionId: call.interactionId });
    await agent.until(({ state }) => state === 'idle', 'idle');
    afterwards = await wholeCall(place, agent, '+14155550103');
    await eventually(() => (truth.samples.at(-1)?.at ?? 0) > healthyAt + 1_000, 'a second of health');
    await truth.stop();
    samples = truth.samples;
  }, 120_000);

  afterAll(async () => {
    await Promise.allSettled([agent?.close(), writer?.close(), signedIn?.desk.close()]);
    await centre?.close();
  }, 30_000);

  it('J5 health says so within a second, at every moment of it, and is well again when the database is', () => {
    const before = samples.filter(({ at }) => at < takenAt);
    const away = samples.filter(({ at }) => at > takenAt + TOLD_MS && at < backAt);
    const after = samples.filter(({ at }) => at >= healthyAt);
    const statuses = (some: readonly Sample[]) => [...new Set(some.map(({ status }) => status))];
    expect([statuses(before), statuses(away), statuses(after)]).toEqual([[200], [503], [200]]);
    expect(away.length).toBeGreaterThan(awayMs / 500);
    expect(away.every(({ problem }) => problem !== undefined && problem !== '')).toBe(true);
    expect(healthyAt - backAt).toBeLessThan(way.backMs + TOLD_MS);
  });

  it('D3 the desk says since when what happens is not stored, and stops when everything is', () => {
    const since = [...new Set(samples.flatMap(({ unsaved }) => unsaved ?? []))];
    expect(since).toHaveLength(1);
    expect(since[0]).toBeGreaterThan(takenAt - SLACK_MS);
    expect(since[0]).toBeLessThan(takenAt + TOLD_MS);
    for (const { at, status, unsaved } of samples)
      if (at > takenAt + TOLD_MS && at < backAt) expect([status, unsaved]).toEqual([503, since[0]]);
      else if (at < takenAt || at > healthyAt) expect([status, unsaved]).toEqual([200, undefined]);
  });

  it('D1 a call is offered, answered and ended, and the desk follows each at once', () => {
    expect(call).toMatchObject({ answered: true, rung: 1 });
    expect(Math.max(...Object.values(call.times))).toBeLessThan(1_000);
    expect(afterwards).toMatchObject({ answered: true, rung: 1 });
  });

  it('J4 notes and a disposition are acknowledged, and shown as saved, when they are stored and not before', async () => {
    expect(await Promise.all(Object.values(commands).map(({ answer }) => answer))).toMatchObject([
      { rev: 2 },
      { rev: 3 },
      {},
      { rev: 1 },
    ]);
    for (const { answeredAt } of Object.values(commands)) expect(answeredAt).toBeGreaterThanOrEqual(backAt);
    const shown = desksMeanwhile.map(({ work }) => [work?.notes, work?.notesRev, work?.disposition]);
    expect(
      shown.filter(([notes, rev, disposition]) => notes !== 'before' || rev !== 1 || disposition),
    ).toEqual([]);
    await writer.until(
      ({ work }) => work?.notes === 'second' && work.notesRev === 3 && work.disposition === 'resolved',
      'what is stored now',
    );
  });

  it('P11 a change of settings waits until it is stored', async () => {
    expect(await setting.answer).toMatchObject({ status: 200 });
    expect(setting.answeredAt).toBeGreaterThanOrEqual(backAt);
    const facts = await centre.query<{ data: string }>(
      `SELECT data FROM journal WHERE type = 'routing.changed' ORDER BY seq DESC LIMIT 1`,
    );
    expect(JSON.parse(facts[0]?.data ?? '')).toMatchObject({ what: 'skill', subject: 'welsh' });
  });

  it('P9 who signs in is in within two seconds, and the session is stored afterwards', async () => {
    expect(signedIn.ms).toBeLessThan(2_000);
    const sessions = await centre.query(`SELECT id FROM session WHERE user_id = 'agent3'`);
    expect(sessions).toHaveLength(1);
  });

  it('reads are answered where they can be, and else refused in words within ten seconds, never as a fault of ours', () => {
    const said = Object.entries(reads).map(([name, { status, code }]) => `${name} ${code ?? status}`);
    expect(said.filter((one) => !/ (200|not-found|forbidden|database\.unavailable)$/.test(one))).toEqual([]);
    const lost = said.filter((one) => one.endsWith('database.unavailable'));
    if (way.reads) expect(lost).toEqual([]);
    else
      expect(lost).toEqual(
        expect.arrayContaining(
          ['listInteractions', 'getInteraction', 'listCustomers'].map((one) => `${one} database.unavailable`),
        ),
      );
    // Out of memory.
    for (const name of ['me', 'lists', 'routing', 'board', 'listUsers'])
      expect(said).toContain(`${name} 200`);
    expect(Math.max(...Object.values(reads).map(({ ms }) => ms))).toBeLessThan(10_000);
  });

  it('J5 everything that happened is stored, in its order and once', async () => {
    const journal = await centre.query<{ seq: number; type: string; interaction_id: string | null }>(
      `SELECT seq, type, interaction_id FROM journal WHERE seq > 0 ORDER BY seq`,
    );
    expect(journal.map(({ seq }) => Number(seq))).toEqual(journal.map((__, i) => i + 1));
    const of = (id: string) =>
      journal.filter(({ interaction_id }) => interaction_id === id).map(({ type }) => type);
    expect(of(contact).filter((type) => /noted|disposed/.test(type))).toEqual([
      'interaction.noted',
      'interaction.noted',
      'interaction.noted',
      'interaction.disposed',
    ]);
    const places = ['opened', 'assigned', 'ended'].map((end) =>
      of(call.interactionId).indexOf(`interaction.${end}`),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    const words = await centre.query<{ interaction_id: string; notes: string; notes_rev: number }>(
      `SELECT interaction_id, notes, notes_rev FROM interaction_words WHERE notes <> ''`,
    );
    expect(
      Object.fromEntries(
        words.map(({ interaction_id, notes, notes_rev }) => [interaction_id, [notes, Number(notes_rev)]]),
      ),
    ).toEqual({ [contact]: ['second', 3], [call.interactionId]: ['of the new call', 1] });
    const ended = await centre.query<{ id: string; disposition: string | null }>(
      `SELECT id, disposition FROM interaction WHERE ended_at IS NOT NULL ORDER BY n`,
    );
    expect(ended).toEqual([
      { id: contact, disposition: 'resolved' },
      { id: call.interactionId, disposition: null },
      { id: afterwards.interactionId, disposition: null },
    ]);
  });
});
