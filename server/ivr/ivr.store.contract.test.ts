import { afterEach, beforeEach, expect, it } from 'vitest';
import { Conflict, type Kernel, statements } from '#server/kernel/index.ts';
import { onEachDatabase } from '../../tests/kits/databases/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { ivrMigrations, ivrOps, readIvr, readVersion, readVersions } from './ivr.store.ts';

const version = (id: string, n: number, more: { published?: boolean; name?: string } = {}) => ({
  id,
  version: n,
  name: `${id} ${n}`,
  document: `{"n":${n}}`,
  published: false,
  ...more,
});
const answers = statements<{
  flow_answer: { interaction_id: string; n: number; at: number; node: string; kind: string; value: string };
}>()((q) => q.selectFrom('flow_answer').selectAll().orderBy('interaction_id').orderBy('n'));

onEachDatabase('the store of flows', (dialect) => {
  let kernel: Kernel;
  beforeEach(async () => {
    kernel = await testKernel(ivrMigrations, dialect);
  });
  afterEach(() => kernel.db.close());

  it('keeps versions in order and puts one of each flow in force', async () => {
    const { db } = kernel;
    await db.write([
      ivrOps.addVersion(version('b', 1, { published: true })),
      ...[2, 10].map((n) => ivrOps.addVersion(version('b', n))),
      ivrOps.addVersion(version('a', 1)),
    ]);
    await db.write(ivrOps.publish('b', 10));
    expect(await readVersions(db, 'b')).toEqual([
      { id: 'b', version: 1, name: 'b 1', published: false },
      { id: 'b', version: 2, name: 'b 2', published: false },
      { id: 'b', version: 10, name: 'b 10', published: true },
    ]);
    expect(await readVersion(db, 'b', 2)).toEqual({ name: 'b 2', document: '{"n":2}' });
    expect(await readVersion(db, 'b', 3)).toBeUndefined();
    expect(await readIvr(db)).toEqual({
      flows: [{ id: 'b', name: 'b 10', document: '{"n":10}' }],
      latest: [
        { id: 'a', version: 1 },
        { id: 'b', version: 10 },
      ],
      numbers: [],
    });
  });

  it('a version given twice, and a second one in force, are conflicts', async () => {
    const { db } = kernel;
    await db.write([ivrOps.addVersion(version('a', 1, { published: true }))]);
    await expect(db.write([ivrOps.addVersion(version('a', 1))])).rejects.toThrow(Conflict);
    const second = ivrOps.addVersion(version('a', 2, { published: true }));
    await expect(db.write([second])).rejects.toThrow(Conflict);
  });

  it('a number assigned again leads elsewhere, a removed one nowhere', async () => {
    const { db } = kernel;
    await db.write([
      ivrOps.assign({ number: '4001', flowId: 'a', name: 'A' }),
      ivrOps.assign({ number: '4000', flowId: 'b', name: 'B' }),
      ivrOps.assign({ number: '4001', flowId: 'b', name: '中' }),
    ]);
    expect((await readIvr(db)).numbers).toEqual([
      { number: '4000', flowId: 'b', name: 'B' },
      { number: '4001', flowId: 'b', name: '中' },
    ]);
    await db.write([ivrOps.remove('4000'), ivrOps.remove('4999')]);
    expect((await readIvr(db)).numbers.map(({ number }) => number)).toEqual(['4001']);
  });

  it('I10 answers are counted by contact', async () => {
    const at = 1_795_000_000_000;
    const pressed = (interactionId: string, key: string) =>
      ivrOps.menuAnswer({ interactionId, at, node: 'menu', key });
    await kernel.db.write([pressed('int_b', '1'), pressed('int_a', '*')]);
    await kernel.db.write([pressed('int_b', '2')]);
    const row = { at, node: 'menu', kind: 'menu' };
    expect(await kernel.db.all(answers())).toEqual([
      { ...row, interaction_id: 'int_a', n: 1, value: '*' },
      { ...row, interaction_id: 'int_b', n: 1, value: '1' },
      { ...row, interaction_id: 'int_b', n: 2, value: '2' },
    ]);
  });
});
