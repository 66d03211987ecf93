import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../support/app.ts';
import { BulkPeer } from '../support/bulk-peer.ts';
import { eventually } from '../support/eventually.ts';

const AGENTS = 20;
const CALLS = 10_000;
const AT_ONCE = 50;
/** Transactions are kept for 64*T1 after their end (RFC 3261 17, timers H and J). */
const SETTLE_MS = 45_000;

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
    peer = await BulkPeer.open(centre.sip);
    for (const { id } of centre.app.routing.agents())
      centre.app.people.setFixedUri(id, `sip:${id}@127.0.0.1:${peer.port};transport=udp`);
  });
  afterAll(async () => {
    peer.close();
    await centre.stop();
  });

  it('K5 leave nothing behind: no legs, dialogs, transactions, timers, sockets, work, and no memory', async () => {
    const { app } = centre;
    const settled = () =>
      eventually(
        () => app.sip.counts().transactions === 0 && app.sip.counts().timers === 0,
        'all transactions have expired',
        SETTLE_MS,
      );
    const count = (sql: string) => app.kernel.db.file.prepare(sql).pluck().get() as number;
    expect(await peer.run('4900', 500, AT_ONCE)).toEqual({ 200: 500 }); // everything that is made once is made
    const handlesBefore = handles();
    const before = heap();

    expect(await peer.run('4900', CALLS, AT_ONCE)).toEqual({ 200: CALLS });

    await centre.quiet();
    expect([peer.answered, peer.hungUp]).toEqual([CALLS + 500, CALLS + 500]);
    await settled();
    const after = heap();
    expect(app.sip.counts()).toMatchObject({ transactions: 0, dialogs: 0, timers: 0 });
    expect(app.routing.timers()).toBe(0);
    expect(app.routing.agents().filter(({ state }) => state === 'idle')).toHaveLength(AGENTS);
    expect((await app.media.counts()).ports).toBe(0);
    expect(app.kernel.journal.pending).toBe(0);
    expect(count(`SELECT count(*) FROM interaction WHERE "end" = 'caller-hung-up'`)).toBe(CALLS + 500);
    expect(count('SELECT count(*) FROM interaction WHERE ended_at IS NULL')).toBe(0);
    await eventually(
      () => Object.entries(handles()).every(([kind, now]) => now <= (handlesBefore[kind] ?? 0)),
      'sockets and timers are as before',
    );
    expect((after - before) / CALLS, 'bytes a call').toBeLessThan(300);
  }, 240_000);
});
