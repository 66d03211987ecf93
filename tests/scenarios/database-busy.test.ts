import { setMaxListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { seeded } from '#shared/model/random.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { chance, wait } from '../../scripts/traffic/chance.ts';
import { dialects } from '../kits/databases/index.ts';
import { TestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { seed } from '../support/proof.ts';
import { watchTruth } from './database-kit.ts';
import { call, gaps, Ledger, missingWords, Worker } from './database-people.ts';
import { cut, type Fragile, full, locked, onLine, silent, stopped, type Way } from './database-ways.ts';

const postgres = dialects.includes('postgres');
const ways = [locked, full, ...(postgres ? [stopped, cut, silent] : [])].map((way): [string, Way] => [
  way.name,
  way,
]);
const AGENTS = 3;
const CALLERS = 4;
/** A wrap-up that needs a disposition is ended with the one chosen, before that is stored. */
const SUPPORT = { ringMs: 0, wrapUp: { mode: 'mandatory-timed', ms: 60_000, extendMs: 0 } } as const;

/** Agents and callers at it without a pause. */
async function traffic(centre: Pick<Fragile, 'place'>) {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const dice = chance(seeded(seed));
  const ledger = new Ledger();
  const workers: Worker[] = [];
  for (let i = 1; i <= AGENTS; i++)
    workers.push(
      new Worker(await TestAgent.start(centre.place, `agent${i}`), ledger, dice, over.signal, true),
    );
  const phone = await Phone.open({ server: centre.place.sip, user: '+12025550000' });
  let count = 0;
  const calling = Array.from({ length: CALLERS }, async () => {
    while (!over.signal.aborted) {
      await call(phone, `+1202555${String(1000 + count++)}`, ledger, dice, false, over.signal);
      await wait(0.1, over.signal);
    }
  });
  await eventually(() => workers.every(({ works }) => works), 'everybody talks', 20_000);
  return {
    ledger,
    workers,
    async stop() {
      over.abort();
      await Promise.all([...calling, ...workers.map(({ running }) => running)]);
      await Promise.allSettled([phone.close(), ...workers.map(({ agent }) => agent.close())]);
    },
  };
}

describe('under traffic', () => {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  }, 60_000);

  async function busy<C extends Pick<Fragile, 'place' | 'close'>>(
    openCentre: (centre: Parameters<Way['open']>[0]) => Promise<C>,
  ) {
    const centre = await openCentre({ agents: AGENTS, support: SUPPORT });
    open.push(() => centre.close());
    const people = await traffic(centre);
    open.push(() => people.stop());
    return { centre, ...people };
  }

  it.each(ways)(
    'J5 D1 D3 while %s health and desks say so within a second, calls go on, and nothing acknowledged is lost',
    async (_, way) => {
      const { centre, ledger, workers } = await busy((centre) => way.open(centre));
      const [one] = workers as [Worker];
      const truth = watchTruth(centre.place.url, () => one.agent.desk);
      const began = Date.now();
      await centre.take();
      const gone = way === locked ? Date.now() : began;
      const told = await eventually(
        () => truth.samples.find(({ at, status }) => at >= gone && status === 503),
        'health says so',
      );
      expect(told.at - gone).toBeLessThan(1_000 + 250);
      await eventually(() => one.agent.desk.unsaved !== null, 'the desk says so', 500);
      expect(one.agent.desk.unsaved?.since).toBeLessThan(told.at);
      for (const worker of workers) worker.killed(); // counts anew
      await eventually(
        () => workers.every(({ talked }) => talked > 0),
        'each takes a call meanwhile',
        15_000,
      );
      const acknowledged = ledger.acknowledged;
      await wait(0.3, AbortSignal.timeout(5_000));
      expect(ledger.acknowledged).toBe(acknowledged); // nothing is, meanwhile
      await centre.giveBack();
      await eventually(() => ledger.acknowledged > acknowledged, 'and is now', 10_000);
      await eventually(() => truth.samples.at(-1)?.status === 200, 'health is well again', 5_000);
      await truth.stop();
      await open.pop()?.();
      expect(await missingWords(ledger, centre.query)).toEqual([]);
      expect(await gaps(centre.query)).toEqual([]);
    },
    90_000,
  );

  it.skipIf(!postgres)(
    'J5 a line to PostgreSQL that breaks forty times, in the middle of commits, loses and doubles nothing',
    async () => {
      const { centre, ledger, workers } = await busy(onLine);
      const dice = chance(seeded(seed));
      const { line } = centre;
      for (let i = 0; i < 40; i++) {
        await wait(dice.between(0.02, 0.3), AbortSignal.timeout(5_000));
        if (dice.odds(0.7)) line.blink();
        else {
          line.hang();
          await wait(dice.between(0.05, 0.8), AbortSignal.timeout(5_000));
          if (dice.odds(0.5)) line.blink();
          await line.mend();
        }
      }
      for (const worker of workers) worker.killed();
      await eventually(() => workers.every(({ works }) => works), 'everybody still works', 30_000);
      await open.pop()?.();
      await eventually(async () => (await gaps(centre.query)).length === 0, 'all is stored');
      expect(await missingWords(ledger, centre.query)).toEqual([]);
      expect(ledger.acknowledged).toBeGreaterThan(10);
      expect(ledger.refused).toEqual([]);
    },
    120_000,
  );
});
