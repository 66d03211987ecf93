import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statements } from '#server/kernel/index.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { BulkPeer } from '../support/bulk-peer.ts';
import { eventually } from '../support/eventually.ts';
import { figures, full, seed, timeFor } from '../support/proof.ts';

const AGENTS = 20;
/** A sample; `npm run proof -- ten-thousand` makes them all. */
const CALLS = full ? 10_000 : 1_500;
/** What may be left of a call, bytes; over fewer calls what the collector leaves lying weighs more. */
const LEFT = full ? 300 : 1_000;
const AT_ONCE = 50;
/** Transactions are kept for 64*T1 after their end (RFC 3261 17, timers H and J). */
const SETTLE_MS = 90_000;

/** How many contacts ended in which way; null: not yet. */
const ends = statements<{ interaction: { end: string | null } }>()(
  () => sql<{ end: string | null; count: number }>`
    select "end", cast(count(*) as integer) as count from interaction group by "end"`,
);

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
/** Bytes of heap in use once everything unreachable is gone. */
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
/** Sockets and timers of this process, by kind. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo())
    if (/UDP|TCP|Timeout/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

describe('ten thousand calls', () => {
  let centre: RunningApp;
  let peer: BulkPeer;
  beforeAll(async () => {
    centre = await startApp({ seed: `bench:${AGENTS}` });
    peer = await BulkPeer.open(centre.sip, seed);
    for (const { id } of centre.app.routing.agents())
      await centre.app.people.setFixedUri(id, `sip:${id}@127.0.0.1:${peer.port};transport=udp`);
  });
  afterAll(async () => {
    peer.close();
    await centre.stop();
  });

  it(
    'K5 leave nothing behind: no legs, dialogs, transactions, timers, sockets, work, and no memory',
    async () => {
      const { app } = centre;
      const settled = () =>
        eventually(
          () => app.sip.counts().transactions === 0 && app.sip.counts().timers === 0,
          'all transactions have expired',
          SETTLE_MS,
        );
      expect(await peer.run('4900', 500, AT_ONCE)).toEqual({ 200: 500 }); // everything that is made once is made
      const handlesBefore = handles();
      const before = heap();

      const began = performance.now();
      expect(await peer.run('4900', CALLS, AT_ONCE)).toEqual({ 200: CALLS });
      const seconds = (performance.now() - began) / 1000;

      await centre.quiet();
      expect([peer.answered, peer.hungUp]).toEqual([CALLS + 500, CALLS + 500]);
      await settled();
      const after = heap();
      expect(app.sip.counts()).toMatchObject({ transactions: 0, dialogs: 0, timers: 0 });
      expect(app.routing.timers()).toBe(0);
      expect(app.routing.agents().filter(({ state }) => state === 'idle')).toHaveLength(AGENTS);
      expect((await app.media.counts()).ports).toBe(0);
      expect(app.kernel.journal.pending).toBe(0);
      expect(await app.kernel.db.all(ends())).toEqual([{ end: 'caller-hung-up', count: CALLS + 500 }]);
      await eventually(
        () => Object.entries(handles()).every(([kind, now]) => now <= (handlesBefore[kind] ?? 0)),
        'sockets and timers are as before',
      );
      const left = (after - before) / CALLS;
      figures(`${CALLS} calls in ${seconds.toFixed(0)} s, ${left.toFixed(0)} bytes of each left`);
      expect(left, 'bytes a call').toBeLessThan(LEFT);
    },
    timeFor(240_000),
  );
});
