import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Params, statements } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { EnqueueNode } from '#shared/flow/index.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { createIvr, type Ivr, type IvrCall, ivrMigrations, seedNumbers } from './index.ts';

let kernel: Awaited<ReturnType<typeof testKernel>>;
let ivr: Ivr;

/** A caller whose media does what it is told at once, and who writes down what happens. */
class Caller implements IvrCall {
  readonly callId = 'call_1';
  readonly interactionId = 'int_1';
  readonly dnis: string;
  readonly on: IvrCall['on'] = {};
  readonly heard: string[] = [];
  media: 'works' | 'fails' = 'works';
  queue: 'works' | 'fails' | 'closed' = 'works';

  constructor(dnis: string) {
    this.dnis = dnis;
  }

  async answer(): Promise<void> {
    this.heard.push('answer');
    if (this.media === 'fails') throw new AppError('media.failed', 'no media');
  }
  play = (prompt: string) => void this.heard.push(prompt);
  stopPlaying = () => void this.heard.push('stop');
  echo = () => void this.heard.push('echo');
  hangUp(): void {
    this.heard.push('hang-up');
    this.on.ended?.();
  }
  record = () => void this.heard.push('record');
  stopRecording = () => void this.heard.push('stop-recording');
  enqueue({ queue, priority }: EnqueueNode): boolean {
    if (this.queue === 'fails') throw new AppError('queue.unknown', 'no such queue');
    if (this.queue === 'closed') return false;
    this.heard.push(`${queue} ${priority}`);
    return true;
  }
}

/** Runs the flow on a call and lets its answer come about. */
async function dial(number: string, more: Partial<Pick<Caller, 'media' | 'queue'>> = {}): Promise<Caller> {
  const caller = Object.assign(new Caller(number), more);
  expect(ivr.run(caller)).toBe(true);
  await Promise.resolve();
  await Promise.resolve();
  return caller;
}

/** Time stands still here: whoever waits for the database is helped along. */
async function done<T>(work: Promise<T>, { journal } = kernel): Promise<T> {
  let over = false;
  const watched = work.finally(() => {
    over = true;
  });
  watched.catch(() => undefined);
  while (!over) {
    if (journal.pending > 0) await journal.flush();
    await setImmediate();
  }
  return watched;
}

interface Tables {
  flow: { id: string; document: string };
  flow_answer: { interaction_id: string; n: number; at: number; node: string; kind: string; value: string };
}
const statement = statements<Tables>();
const damage = statement((q, p: Params<{ document: string }>) =>
  q.updateTable('flow').set({ document: p('document') }),
);
const answers = statement((q) =>
  q.selectFrom('flow_answer').selectAll().orderBy('interaction_id').orderBy('n'),
);
const stored = async () => {
  await kernel.journal.flush();
  return kernel.db.all(answers());
};
const facts = async () => {
  await kernel.journal.flush();
  return kernel.journal.since(0);
};

beforeEach(async () => {
  kernel = await testKernel(ivrMigrations);
  ivr = await createIvr({ kernel });
  await done(seedNumbers(ivr, 'demo'));
  kernel.clock.advance(1_000); // the journal's own timers
});

describe('calls to the demo numbers', () => {
  it('4000 answers, asks, and queues by the key pressed', async () => {
    const caller = await dial('4000');
    expect(caller.heard).toEqual(['answer', 'main-menu.en']);
    caller.on.digit?.('3');
    expect(caller.heard.slice(2)).toEqual(['stop', 'billing 0']);
    expect([ivr.running(), kernel.clock.pending]).toEqual([0, 0]);
  });

  it('4000 goes to support after three tries', async () => {
    const caller = await dial('4000');
    caller.on.played?.();
    kernel.clock.advance(5_000);
    caller.on.digit?.('9');
    caller.on.played?.(); // the complaint
    caller.on.played?.(); // the prompt
    kernel.clock.advance(4_999);
    expect(caller.heard).not.toContain('support 0');
    kernel.clock.advance(1);
    expect(caller.heard).toEqual([
      'answer',
      'main-menu.en',
      'main-menu.en',
      'stop',
      'invalid.en',
      'main-menu.en',
      'support 0',
    ]);
  });

  it.each([
    ['4001', 'support'],
    ['4002', 'sales'],
    ['4003', 'billing'],
  ])('I4 %s queues for %s without answering', async (number, queue) => {
    expect((await dial(number)).heard).toEqual([`${queue} 0`]);
  });

  it('4010 says what it is and echoes until the caller hangs up', async () => {
    const caller = await dial('4010');
    caller.on.played?.();
    expect(caller.heard).toEqual(['answer', 'echo.en', 'echo']);
    expect(ivr.running()).toBe(1);
    caller.on.ended?.();
    expect([ivr.running(), Object.values(caller.on).some(Boolean)]).toEqual([0, false]);
  });

  it('I5 hanging up in the menu leaves no timer and no handler', async () => {
    const caller = await dial('4000');
    caller.on.played?.();
    const { digit, ended } = caller.on;
    ended?.();
    digit?.('1');
    expect([ivr.running(), kernel.clock.pending, caller.heard.length]).toEqual([0, 0, 2]);
  });

  it('I5 an answer that comes after the caller went changes nothing', async () => {
    const caller = new Caller('4000');
    ivr.run(caller);
    caller.on.ended?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(caller.heard).toEqual(['answer']);
  });

  it('I6 a call whose media or queue fails is hung up', async () => {
    const mute = await dial('4000', { media: 'fails' });
    expect(mute.heard).toEqual(['answer', 'hang-up']);
    const lost = await dial('4001', { queue: 'fails' });
    expect(lost.heard).toEqual(['hang-up']);
    expect(ivr.running()).toBe(0);
  });

  it('I2 an unknown number is not touched', () => {
    const caller = new Caller('4999');
    expect(ivr.run(caller)).toBe(false);
    expect(caller.on).toEqual({});
  });

  it('I2 nor is one whose stored flow was damaged, which stops no start', async () => {
    for (const document of ['{"broken"', '7', '{"format":1,"entry":"a","nodes":{}}']) {
      await kernel.db.write([damage({ document })]);
      ivr = await createIvr({ kernel });
      const caller = new Caller('4001');
      expect([ivr.run(caller), ivr.runFlow(caller, 'voicemail'), caller.on]).toEqual([false, false, {}]);
      expect(ivr.numbers()).toHaveLength(5);
      expect(ivr.flows()).toHaveLength(6);
      await expect(ivr.publish('support', 1)).rejects.toMatchObject({ code: 'bad-request' });
    }
  });
});

describe('numbers and versions', () => {
  it('lists the numbers, and seeds them once', async () => {
    expect(ivr.numbers().map((n) => n.number)).toEqual(['4000', '4001', '4002', '4003', '4010']);
    expect(await seedNumbers(ivr, 'bench')).toBe(false);
    const empty = await testKernel(ivrMigrations);
    const bench = await createIvr({ kernel: empty });
    expect(await done(seedNumbers(bench, 'bench'), empty)).toBe(true);
    expect(bench.numbers()).toEqual([{ number: '4900', name: 'Benchmark' }]);
  });

  it('I1 I3 a new version is in force once published, and the older one again when rolled back', async () => {
    const toSales = { format: 1, entry: 'q', nodes: { q: { type: 'enqueue', queue: 'sales', priority: 3 } } };
    expect(await done(ivr.saveFlow('support', 'Support', toSales))).toBe(2);
    expect((await dial('4001')).heard).toEqual(['support 0']);
    await done(ivr.publish('support', 2));
    expect((await dial('4001')).heard).toEqual(['sales 3']);
    expect((await ivr.versions('support')).map((v) => v.published)).toEqual([false, true]);
    await done(ivr.publish('support', 1));
    expect((await dial('4001')).heard).toEqual(['support 0']);
    ivr = await createIvr({ kernel }); // and after a restart
    expect((await dial('4001')).heard).toEqual(['support 0']);
  });

  it('I3 two who save at the same time get a version each', async () => {
    const document = { format: 1, entry: 'q', nodes: { q: { type: 'enqueue', queue: 'sales' } } };
    const both = [ivr.saveFlow('sales', 'One', document), ivr.saveFlow('sales', 'Two', document)];
    expect(await done(Promise.all(both))).toEqual([2, 3]);
    expect((await ivr.versions('sales')).map(({ name }) => name)).toEqual(['Sales', 'One', 'Two']);
    ivr = await createIvr({ kernel });
    expect(await done(ivr.saveFlow('sales', 'Three', document))).toBe(4);
  });

  it('I1 a number or version is in force once it is stored, not before', async () => {
    const assigning = ivr.assignNumber('4711', 'sales', 'Sales');
    expect(ivr.run(new Caller('4711'))).toBe(false);
    await done(assigning);
    expect(ivr.run(new Caller('4711'))).toBe(true);
  });

  it('I1 numbers are compared normalised; assigning again replaces, removing ends it', async () => {
    await done(ivr.assignNumber('+1 (415) 555-0123', 'sales', 'Sales hotline'));
    expect((await dial('4155550123')).heard).toEqual(['sales 0']);
    await done(ivr.assignNumber('+14155550123', 'billing', 'Billing hotline'));
    expect((await dial('+14155550123')).heard).toEqual(['billing 0']);
    await done(ivr.removeNumber('+14155550123'));
    expect(ivr.run(new Caller('+14155550123'))).toBe(false);
    ivr = await createIvr({ kernel });
    expect(ivr.run(new Caller('+14155550123'))).toBe(false);
  });

  it('I3 refuses what cannot run, and says where', async () => {
    const lost = { format: 1, entry: 'a', nodes: { a: { type: 'answer', next: 'b' } } };
    await expect(ivr.saveFlow('x', 'X', lost)).rejects.toMatchObject({
      code: 'bad-request',
      details: { problems: [{ code: 'edge-to-nowhere', node: 'a', edge: 'next' }] },
    });
    await expect(ivr.publish('support', 9)).rejects.toMatchObject({ code: 'not-found' });
    await expect(ivr.assignNumber('4711', 'nowhere', 'X')).rejects.toMatchObject({ code: 'not-found' });
    await expect(ivr.assignNumber('not a number', 'support', 'X')).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});

describe('what callers choose', () => {
  it('I10 leaving a menu by a key is a fact without the key, which stands where it can be erased', async () => {
    (await dial('4000')).on.digit?.('3');
    expect(await facts()).toMatchObject([
      { type: 'flow.menu-left', interactionId: 'int_1', node: 'menu', by: 'key' },
    ]);
    expect(Object.keys((await facts())[0] ?? {}).sort()).toEqual(
      ['at', 'by', 'interactionId', 'node', 'seq', 'type'].sort(),
    );
    expect(await stored()).toEqual([
      { interaction_id: 'int_1', n: 1, at: kernel.clock.now(), node: 'menu', kind: 'menu', value: '3' },
    ]);
  });

  it('I10 who makes no choice leaves the fact alone, and who hangs up or talks leaves nothing', async () => {
    const silent = await dial('4000');
    for (let i = 0; i < 3; i++) {
      silent.on.played?.();
      kernel.clock.advance(5_000);
    }
    expect(silent.heard.at(-1)).toBe('support 0');
    const gone = await dial('4000');
    gone.on.digit?.('7'); // leads nowhere
    gone.on.ended?.();
    const echo = await dial('4010');
    echo.on.played?.();
    echo.on.digit?.('1');
    expect(await facts()).toMatchObject([{ type: 'flow.menu-left', node: 'menu', by: 'no-choice' }]);
    expect(await stored()).toEqual([]);
  });
});

describe('flows in force', () => {
  it('I7 are listed by name, each with the queues it leads to, as published', async () => {
    expect(ivr.flows().map(({ id, queues }) => [id, queues])).toEqual([
      ['billing', ['billing']],
      ['echo-test', []],
      ['main-menu', ['support', 'sales', 'billing']],
      ['sales', ['sales']],
      ['support', ['support']],
      ['voicemail', []],
    ]);
    const document = { format: 1, entry: 'queue', nodes: { queue: { type: 'enqueue', queue: 'vip' } } };
    const version = await done(ivr.saveFlow('sales', 'A first', document));
    expect(ivr.flows().some(({ queues }) => queues.includes('vip'))).toBe(false);
    await done(ivr.publish('sales', version));
    expect(ivr.flows()[0]).toEqual({ id: 'sales', name: 'A first', queues: ['vip'] });
  });
});

describe('a message', () => {
  it('I8 is recorded after prompt and beep, until # or its time is over', async () => {
    const caller = new Caller('nothing');
    expect(ivr.runFlow(caller, 'nowhere')).toBe(false);
    expect(ivr.runFlow(caller, 'voicemail')).toBe(true);
    await Promise.resolve();
    await Promise.resolve();
    caller.on.played?.();
    caller.on.played?.();
    expect(caller.heard).toEqual(['answer', 'voicemail.en', 'beep', 'record']);
    caller.on.digit?.('5');
    caller.on.digit?.('#');
    expect(caller.heard.slice(4)).toEqual(['stop-recording', 'goodbye.en']);
    caller.on.played?.();
    expect([ivr.running(), kernel.clock.pending]).toEqual([0, 0]);
  });

  it('I8 ends when its time is over', async () => {
    const caller = new Caller('nothing');
    ivr.runFlow(caller, 'voicemail');
    await Promise.resolve();
    await Promise.resolve();
    caller.on.played?.();
    caller.on.played?.();
    kernel.clock.advance(180_000);
    expect(caller.heard.slice(4)).toEqual(['stop-recording', 'goodbye.en']);
  });
});

describe('a queue that does not take the call', () => {
  const document = {
    format: 1,
    entry: 'queue',
    nodes: {
      queue: { type: 'enqueue', queue: 'support', onRefused: 'answer' },
      answer: { type: 'answer', next: 'closed' },
      closed: { type: 'play', prompt: 'closed.en', next: 'end' },
      end: { type: 'hang-up' },
    },
  };

  it('I9 goes on where the flow says', async () => {
    await done(ivr.publish('support', await done(ivr.saveFlow('support', 'Support', document))));
    expect((await dial('4001', { queue: 'closed' })).heard).toEqual(['answer', 'closed.en']);
    expect((await dial('4001')).heard).toEqual(['support 0']);
    expect(ivr.running()).toBe(1);
  });
});
