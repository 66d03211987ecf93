import { type Op, type Params, type Projection, statements } from '#server/kernel/index.ts';
import type { InteractionsTables } from './schema.ts';

type Row = InteractionsTables['interaction'];
type Of<C extends keyof Row> = Params<{ id: string } & Pick<Row, C>>;

const NONE: readonly Op[] = [];
const sql = statements<InteractionsTables>();

const opened = sql((q, p: Of<'n' | 'channel' | 'direction' | 'customer_id' | 'started_at'>) =>
  q
    .insertInto('interaction')
    .values({
      n: p('n'),
      id: p('id'),
      channel: p('channel'),
      direction: p('direction'),
      customer_id: p('customer_id'),
      started_at: p('started_at'),
    } as never) // the rest is null until its fact comes
    .onConflict((conflict) => conflict.doNothing()),
);
const queued = sql((q, p: Of<'queue_id'>) =>
  q
    .updateTable('interaction')
    .set({ queue_id: p('queue_id') })
    .where('id', '=', p('id')),
);
const assigned = sql((q, p: Of<'agent_id'>) =>
  q
    .updateTable('interaction')
    .set({ agent_id: p('agent_id') })
    .where('id', '=', p('id')),
);
const matched = sql((q, p: Of<'customer_id'>) =>
  q
    .updateTable('interaction')
    .set({ customer_id: p('customer_id') })
    .where('id', '=', p('id')),
);
const disposed = sql((q, p: Of<'disposition'>) =>
  q
    .updateTable('interaction')
    .set({ disposition: p('disposition') })
    .where('id', '=', p('id')),
);
const answered = sql((q, p: Of<'answered_at'>) =>
  q
    .updateTable('interaction')
    .set({ answered_at: p('answered_at') })
    .where('id', '=', p('id'))
    .where('answered_at', 'is', null),
);
const ended = sql((q, p: Of<'ended_at' | 'end'>) =>
  q
    .updateTable('interaction')
    .set({ ended_at: p('ended_at'), end: p('end') })
    .where('id', '=', p('id'))
    .where('ended_at', 'is', null),
);
const recording = sql((q, p: Of<'recording_file'>) =>
  q
    .updateTable('interaction')
    .set({ recording_file: p('recording_file'), recording_ms: null, recording_problem: null })
    .where('id', '=', p('id')),
);
const recorded = sql((q, p: Of<'recording_file' | 'recording_ms'>) =>
  q
    .updateTable('interaction')
    .set({ recording_file: p('recording_file'), recording_ms: p('recording_ms') })
    .where('id', '=', p('id')),
);
const unrecorded = sql((q, p: Of<'recording_problem'>) =>
  q
    .updateTable('interaction')
    .set({ recording_problem: p('recording_problem') })
    .where('id', '=', p('id')),
);

/**
 * One row a contact, made of its facts: facts about an unknown contact change nothing, and a second opening or ending is
 * ignored.
 */
const contacts: Projection = {
  tables: ['interaction'],
  project(fact) {
    switch (fact.type) {
      case 'interaction.opened':
        return [
          opened({
            n: fact.seq,
            id: fact.interactionId,
            channel: fact.channel,
            direction: fact.direction,
            customer_id: fact.customerId ?? null,
            started_at: fact.at,
          }),
        ];
      case 'interaction.queued':
        return [queued({ id: fact.interactionId, queue_id: fact.queueId })];
      case 'interaction.assigned':
        return [assigned({ id: fact.interactionId, agent_id: fact.agentId })];
      case 'interaction.matched':
        return [matched({ id: fact.interactionId, customer_id: fact.customerId })];
      case 'interaction.disposed':
        return [disposed({ id: fact.interactionId, disposition: fact.disposition })];
      case 'call.bridged':
        return [answered({ id: fact.interactionId, answered_at: fact.at })];
      case 'interaction.ended':
        return [ended({ id: fact.interactionId, ended_at: fact.at, end: fact.end })];
      case 'recording.started':
        return [recording({ id: fact.interactionId, recording_file: fact.file })];
      case 'recording.ended':
        return [
          recorded({ id: fact.interactionId, recording_file: fact.file, recording_ms: fact.durationMs }),
        ];
      case 'recording.failed':
        return [unrecorded({ id: fact.interactionId, recording_problem: fact.problem })];
      default:
        return NONE;
    }
  },
};

export const interactionsProjections: readonly Projection[] = [contacts];
