import { sql } from 'kysely';
import type { Op, Params, Projection } from '#server/kernel/index.ts';
import type { Recorded } from '#shared/model/facts/index.ts';
import { midnightBefore, statement, type Tables } from './routing.tables.ts';

const choose = statement(
  (q, p: Params<{ agentId: string; presence: string; reason: string | null; at: number; seq: number }>) =>
    q
      .insertInto('agent_state')
      .values({
        agent_id: p('agentId'),
        presence: p('presence'),
        reason: p('reason'),
        since: p('at'),
        free_seq: p('seq'),
      })
      .onConflict((on) =>
        on.column('agent_id').doUpdateSet({
          presence: (e) => e.ref('excluded.presence'),
          reason: (e) => e.ref('excluded.reason'),
          missed: 0,
          free_seq: (e) => e.ref('excluded.free_seq'),
        }),
      ),
);
const chooseNext = statement(
  (q, p: Params<{ agentId: string; presence: string | null; reason: string | null }>) =>
    q
      .updateTable('agent_state')
      .set({ next_presence: p('presence'), next_reason: p('reason') })
      .where('agent_id', '=', p('agentId')),
);
/**
 * `missed` outlives the state it shows in: an agent may have other work in hand when it lets an offer ring out. Who is
 * offline has chosen so, or is no agent any more: of those no other fact tells.
 */
const changeState = statement(
  (_, p: Params<{ agentId: string; state: string; at: number; seq: number }>) => sql`
    insert into agent_state (agent_id, state, since) values (${p('agentId')}, ${p('state')}, ${p('at')})
    on conflict (agent_id) do update set
      free_seq = case when agent_state.state = 'not-responding' and excluded.state = 'idle'
        then ${p.int('seq')} else agent_state.free_seq end,
      missed = case when excluded.state = 'not-responding' then 1
        when excluded.state in ('on-work', 'wrap-up') then agent_state.missed else 0 end,
      presence = case when excluded.state = 'offline' then 'offline' else agent_state.presence end,
      next_presence = case when excluded.state = 'offline' then null else agent_state.next_presence end,
      state = excluded.state, since = excluded.since`,
);
/** The agent goes to the end of the idle. */
const free = statement((q, p: Params<{ agentId: string; seq: number }>) =>
  q
    .updateTable('agent_state')
    .set({ free_seq: p('seq') })
    .where('agent_id', '=', p('agentId')),
);
/** The same for one who let an offer ring out. */
const freeMissed = statement((q, p: Params<{ agentId: string; seq: number }>) =>
  q
    .updateTable('agent_state')
    .set({ free_seq: p('seq'), missed: 1 })
    .where('agent_id', '=', p('agentId')),
);
/** The same for whoever has this work in hand. */
const freeHolder = statement(
  (_, p: Params<{ itemId: string; seq: number }>) => sql`
    update agent_state set free_seq = ${p('seq')}
     where agent_id = (select agent_id from open_item where item_id = ${p('itemId')})`,
);

type ArrivedRow = Omit<
  Tables['open_item'],
  'only_agent' | 'queued_at' | 'declined' | 'visited' | 'agent_id' | 'taken_seq' | 'taken_at'
>;
const arrive = statement((q, p: Params<ArrivedRow>) =>
  q
    .insertInto('open_item')
    .values({
      item_id: p('item_id'),
      seq: p('seq'),
      interaction_id: p('interaction_id'),
      queue_id: p('queue_id'),
      channel: p('channel'),
      priority: p('priority'),
      skills: p('skills'),
      preferred: p('preferred'),
      hold_ms: p('hold_ms'),
      due_at: p('due_at'),
      boost: p('boost'),
      arrived_at: p('arrived_at'),
      queued_at: p('arrived_at'),
      ewt_ms: p('ewt_ms'),
      declined: '',
      visited: '',
    })
    .onConflict((on) =>
      on.column('item_id').doUpdateSet((e) => ({
        seq: e.ref('excluded.seq'),
        interaction_id: e.ref('excluded.interaction_id'),
        queue_id: e.ref('excluded.queue_id'),
        channel: e.ref('excluded.channel'),
        priority: e.ref('excluded.priority'),
        skills: e.ref('excluded.skills'),
        preferred: e.ref('excluded.preferred'),
        hold_ms: e.ref('excluded.hold_ms'),
        due_at: e.ref('excluded.due_at'),
        boost: e.ref('excluded.boost'),
        only_agent: null,
        arrived_at: e.ref('excluded.arrived_at'),
        queued_at: e.ref('excluded.queued_at'),
        ewt_ms: e.ref('excluded.ewt_ms'),
        declined: '',
        visited: '',
        agent_id: null,
        taken_seq: null,
        taken_at: null,
      })),
    ),
);
const unhold = statement((q, p: Params<{ itemId: string }>) =>
  q.updateTable('open_item').set({ hold_ms: 0 }).where('item_id', '=', p('itemId')),
);
const boost = statement((q, p: Params<{ itemId: string; boost: number }>) =>
  q
    .updateTable('open_item')
    .set({ boost: p('boost') })
    .where('item_id', '=', p('itemId')),
);
const callBack = statement((q, p: Params<{ itemId: string; interactionId: string }>) =>
  q
    .updateTable('open_item')
    .set({ channel: 'callback', interaction_id: p('interactionId') })
    .where('item_id', '=', p('itemId')),
);
const keepFor = statement((q, p: Params<{ itemId: string; agentId: string }>) =>
  q
    .updateTable('open_item')
    .set({ only_agent: p('agentId') })
    .where('item_id', '=', p('itemId')),
);
const take = statement((q, p: Params<{ itemId: string; agentId: string; seq: number; at: number }>) =>
  q
    .updateTable('open_item')
    .set({ agent_id: p('agentId'), taken_seq: p('seq'), taken_at: p('at'), ewt_ms: null })
    .where('item_id', '=', p('itemId')),
);
const decline = statement((q, p: Params<{ itemId: string; agentId: string }>) =>
  q
    .updateTable('open_item')
    .set({ declined: sql`declined || ${p.text('agentId')} || ' '` })
    .where('item_id', '=', p('itemId')),
);
const outOfHands = { agent_id: null, taken_seq: null, taken_at: null, only_agent: null };
const putBack = statement((q, p: Params<{ itemId: string }>) =>
  q.updateTable('open_item').set(outOfHands).where('item_id', '=', p('itemId')),
);
/** By people: whoever had it in hand has given it away, and it may go anywhere again. */
const moveByHand = statement((q, p: Params<{ itemId: string; queueId: string; at: number }>) =>
  q
    .updateTable('open_item')
    .set({
      ...outOfHands,
      declined: sql`declined || coalesce(agent_id || ' ', '')`,
      visited: '',
      queue_id: p('queueId'),
      queued_at: p('at'),
    })
    .where('item_id', '=', p('itemId')),
);
/** By a rule: never back to the queue it left. */
const moveByRule = statement((q, p: Params<{ itemId: string; queueId: string; from: string; at: number }>) =>
  q
    .updateTable('open_item')
    .set({
      ...outOfHands,
      visited: sql`visited || ${p.text('from')} || ' '`,
      queue_id: p('queueId'),
      queued_at: p('at'),
    })
    .where('item_id', '=', p('itemId')),
);
const endItem = statement((q, p: Params<{ itemId: string }>) =>
  q.deleteFrom('open_item').where('item_id', '=', p('itemId')),
);

type OfferRow = Tables['open_offer'];
const offer = statement((q, p: Params<OfferRow>) =>
  q
    .insertInto('open_offer')
    .values({
      offer_id: p('offer_id'),
      seq: p('seq'),
      item_id: p('item_id'),
      interaction_id: p('interaction_id'),
      queue_id: p('queue_id'),
      agent_id: p('agent_id'),
    })
    .onConflict((on) =>
      on.column('offer_id').doUpdateSet((e) => ({
        seq: e.ref('excluded.seq'),
        item_id: e.ref('excluded.item_id'),
        interaction_id: e.ref('excluded.interaction_id'),
        queue_id: e.ref('excluded.queue_id'),
        agent_id: e.ref('excluded.agent_id'),
      })),
    ),
);
const endOffer = statement((q, p: Params<{ offerId: string }>) =>
  q.deleteFrom('open_offer').where('offer_id', '=', p('offerId')),
);

type WrapUpRow = Tables['open_wrap_up'];
const wrapUp = statement((q, p: Params<WrapUpRow>) =>
  q
    .insertInto('open_wrap_up')
    .values({
      agent_id: p('agent_id'),
      item_id: p('item_id'),
      seq: p('seq'),
      interaction_id: p('interaction_id'),
      queue_id: p('queue_id'),
      channel: p('channel'),
      mode: p('mode'),
      deadline: p('deadline'),
      since: p('since'),
    })
    .onConflict((on) =>
      on.columns(['agent_id', 'item_id']).doUpdateSet((e) => ({
        seq: e.ref('excluded.seq'),
        interaction_id: e.ref('excluded.interaction_id'),
        queue_id: e.ref('excluded.queue_id'),
        channel: e.ref('excluded.channel'),
        mode: e.ref('excluded.mode'),
        deadline: e.ref('excluded.deadline'),
        since: e.ref('excluded.since'),
      })),
    ),
);
const extendWrapUp = statement((q, p: Params<{ agentId: string; itemId: string; deadline: number }>) =>
  q
    .updateTable('open_wrap_up')
    .set({ deadline: p('deadline') })
    .where('agent_id', '=', p('agentId'))
    .where('item_id', '=', p('itemId')),
);
const endWrapUp = statement((q, p: Params<{ agentId: string; itemId: string }>) =>
  q.deleteFrom('open_wrap_up').where('agent_id', '=', p('agentId')).where('item_id', '=', p('itemId')),
);

const asked = statement((q, p: Params<{ agentId: string; queueId: string; day: number; seq: number }>) =>
  q
    .insertInto('seat_count')
    .values({ agent_id: p('agentId'), queue_id: p('queueId'), day: p('day'), asked_seq: p('seq') })
    .onConflict((on) =>
      on.columns(['agent_id', 'queue_id']).doUpdateSet({ asked_seq: (e) => e.ref('excluded.asked_seq') }),
    ),
);
/** Counts of an earlier day begin anew. */
const addUp = sql`on conflict (agent_id, queue_id) do update set
  handled = case when seat_count.day = excluded.day then seat_count.handled else 0 end + excluded.handled,
  talk_ms = case when seat_count.day = excluded.day then seat_count.talk_ms else 0 end + excluded.talk_ms,
  day = excluded.day`;
const handled = statement(
  (_, p: Params<{ agentId: string; queueId: string; day: number }>) => sql`
    insert into seat_count (agent_id, queue_id, day, handled)
    values (${p('agentId')}, ${p('queueId')}, ${p('day')}, 1) ${addUp}`,
);
/** Work leaves the hands it is in, if any. */
const talked = statement(
  (_, p: Params<{ itemId: string; day: number; at: number }>) => sql`
    insert into seat_count (agent_id, queue_id, day, talk_ms)
    select agent_id, queue_id, ${p.int('day')}, ${p.int('at')} - taken_at from open_item
     where item_id = ${p('itemId')} and agent_id is not null and taken_at is not null ${addUp}`,
);

const NOTHING: readonly Op[] = [];

/** What must be known again when the server starts, of agents, open work and what strategies count. */
export const routingProjection: Projection = {
  tables: ['open_offer', 'open_wrap_up', 'open_item', 'seat_count', 'agent_state'],
  project(fact) {
    const { at, seq } = fact;
    if (seq <= 0) return NOTHING; // history that an old version imported: it was never routed here
    switch (fact.type) {
      case 'agent.presence':
        return [
          choose({ agentId: fact.agentId, presence: fact.presence, reason: fact.reason ?? null, at, seq }),
        ];
      case 'agent.next':
        return [chooseNext({ agentId: fact.agentId, presence: fact.presence, reason: fact.reason ?? null })];
      case 'agent.state':
        return [changeState({ agentId: fact.agentId, state: fact.state, at, seq })];
      case 'work.arrived':
        return [arrive(arrivedRow(fact))];
      case 'work.moved':
        return moved(fact);
      case 'work.unheld':
        return [unhold({ itemId: fact.itemId })];
      case 'work.boosted':
        return [boost({ itemId: fact.itemId, boost: fact.boost })];
      case 'work.called-back':
        return [callBack({ itemId: fact.itemId, interactionId: fact.interactionId })];
      case 'work.ended':
        return ended(fact);
      case 'offer.made': {
        const { offerId, agentId, itemId, queueId, interactionId } = fact;
        const made = offer({
          offer_id: offerId,
          seq,
          item_id: itemId,
          interaction_id: interactionId,
          queue_id: queueId,
          agent_id: agentId,
        });
        const counted = asked({ agentId, queueId, day: midnightBefore(at), seq });
        return fact.why === 'only-agent' ? [made, counted, keepFor({ itemId, agentId })] : [made, counted];
      }
      case 'offer.ended':
        return offerEnded(fact);
      case 'wrap-up.started':
        return [
          wrapUp({
            agent_id: fact.agentId,
            item_id: fact.itemId,
            seq,
            interaction_id: fact.interactionId,
            queue_id: fact.queueId,
            channel: fact.channel,
            mode: fact.mode,
            deadline: fact.deadline,
            since: at,
          }),
        ];
      case 'wrap-up.extended':
        return [extendWrapUp({ agentId: fact.agentId, itemId: fact.itemId, deadline: fact.deadline })];
      case 'wrap-up.ended':
        return [
          endWrapUp({ agentId: fact.agentId, itemId: fact.itemId }),
          free({ agentId: fact.agentId, seq }),
        ];
      default:
        return NOTHING;
    }
  },
};

function arrivedRow(fact: Extract<Recorded, { type: 'work.arrived' }>): ArrivedRow {
  const { skills, preferred, dueAt, boost: points } = fact.asks ?? {};
  return {
    item_id: fact.itemId,
    seq: fact.seq,
    interaction_id: fact.interactionId,
    queue_id: fact.queueId,
    channel: fact.channel,
    priority: fact.priority,
    skills: skills === undefined ? null : JSON.stringify(skills),
    preferred: preferred?.agentId ?? null,
    hold_ms: preferred?.holdMs ?? null,
    due_at: dueAt ?? null,
    boost: points ?? null,
    arrived_at: fact.at,
    ewt_ms: fact.ewtMs ?? null,
  };
}

/**
 * By what it is moved for:
 *
 *   transferred      its agent, who is free from now on, has given it away; it begins in its queue, and may go anywhere again
 *   moved            the same, by a supervisor, out of nobody's hands
 *   server-restart   out of its agent's hands, back to its place as if it had never been taken; when it broke off, nobody
 *                    knows, so it is nobody's talk time
 *   else, by a rule  it begins in its queue, and rules never lead back to the one it left
 */
function moved(fact: Extract<Recorded, { type: 'work.moved' }>): readonly Op[] {
  const { why, from, queueId, itemId, at, seq } = fact;
  switch (why) {
    case 'transferred':
      return [
        talked({ itemId, day: midnightBefore(at), at }),
        freeHolder({ itemId, seq }),
        moveByHand({ itemId, queueId, at }),
      ];
    case 'moved':
      return [moveByHand({ itemId, queueId, at })];
    case 'server-restart':
      return [freeHolder({ itemId, seq }), putBack({ itemId })];
    default:
      return [moveByRule({ itemId, queueId, from, at })];
  }
}

/** Of work that the server's stop broke off nobody knows when, so it is nobody's talk time. */
function ended({ itemId, agentId, end, at, seq }: Extract<Recorded, { type: 'work.ended' }>): readonly Op[] {
  if (agentId === undefined) return [endItem({ itemId })];
  const ends = [endItem({ itemId }), free({ agentId, seq })];
  return end === 'server-restart' ? ends : [talked({ itemId, day: midnightBefore(at), at }), ...ends];
}

function offerEnded(fact: Extract<Recorded, { type: 'offer.ended' }>): readonly Op[] {
  const { offerId, itemId, agentId, queueId, at, seq } = fact;
  const over = endOffer({ offerId });
  switch (fact.outcome) {
    case 'accepted':
      return [
        over,
        handled({ agentId, queueId, day: midnightBefore(at) }),
        take({ itemId, agentId, seq, at }),
      ];
    case 'revoked':
      return [over]; // as if never asked
    case 'declined':
      return [over, free({ agentId, seq }), decline({ itemId, agentId })];
    case 'no-answer':
      return [over, freeMissed({ agentId, seq })];
    default:
      return [over, free({ agentId, seq })];
  }
}
