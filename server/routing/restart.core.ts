import type { Fact } from '#shared/model/facts/index.ts';
import type { Channel, Presence, WrapUpMode } from '#shared/model/states.ts';
import type { Restored, RestoredHand, RestoredItem, RestoredSeat } from './events.core.ts';
import { DIRECT } from './settings.core.ts';
import type { NewWorkItem } from './types.ts';

interface OpenWork {
  readonly itemId: string;
  readonly interactionId: string;
  readonly queueId: string;
}
/** Work arrived and not ended; with `agentId` in that agent's hands. */
export interface OpenItem extends OpenWork {
  readonly channel: Channel;
  readonly priority: number;
  readonly asks: Pick<NewWorkItem, 'skills' | 'preferred' | 'dueAt' | 'boost' | 'attributes'>;
  readonly onlyAgent: string | null;
  readonly arrivedAt: number;
  readonly queuedAt: number;
  readonly ewtMs: number | null;
  readonly declined: readonly string[];
  readonly visited: readonly string[];
  readonly agentId: string | null;
  /** Place in the journal of the fact that put it into these hands, and its time. */
  readonly takenSeq: number | null;
  readonly takenAt: number | null;
}
export interface OpenOffer extends OpenWork {
  readonly offerId: string;
  readonly agentId: string;
}
export interface OpenWrapUp extends OpenWork {
  /** Place of its fact in the journal. */
  readonly seq: number;
  readonly agentId: string;
  readonly channel: Channel;
  readonly mode: WrapUpMode;
  readonly deadline: number | null;
  readonly since: number;
}
export interface StoredAgentState {
  readonly agentId: string;
  readonly presence: Presence;
  readonly reason: string | null;
  readonly nextPresence: Presence | null;
  readonly nextReason: string | null;
  /** Let an offer ring out and has not chosen a presence since. */
  readonly missed: boolean;
}
/** What an agent did in one queue since midnight, and the place in the journal of the last offer it had there. */
export interface StoredSeat {
  readonly agentId: string;
  readonly queueId: string;
  readonly handled: number;
  readonly talkMs: number;
  readonly askedSeq: number;
}

/** What the journal knows of the moment the last server stopped, and what it may go on with. */
export interface LeftBehind {
  /** Free for longest first. */
  readonly agents: readonly StoredAgentState[];
  readonly seats: readonly StoredSeat[];
  /** In the order of arrival. */
  readonly items: readonly OpenItem[];
  readonly offers: readonly OpenOffer[];
  readonly wrapUps: readonly OpenWrapUp[];
  /** Is somebody of this id an agent now? */
  readonly isAgent: (agentId: string) => boolean;
}

export interface RestartPlan {
  /** What the stop ended, to be written down first. */
  readonly facts: readonly Fact[];
  /** In the order of the idle at the stop; those whom `facts` free come after them. */
  readonly agents: readonly { readonly id: string; readonly restored: Restored }[];
  /** In the order of arrival. */
  readonly waiting: readonly RestoredItem[];
  /** Queues that work is restored to. */
  readonly queues: ReadonlySet<string>;
  /** Contacts whose work goes on. */
  readonly interactions: ReadonlySet<string>;
}

/**
 * What becomes of open work when the server starts again (R17):
 *
 * - an offer is revoked: nobody is rung any more;
 * - a call or a chat is gone with the connections of the old process: ended `server-restart`;
 * - work that was being done by phone (a callback) goes back to its place: its call is gone, the promise is not;
 * - other work lies in the same hands, or waits in its place with its arrival, entry into the queue, asks and boost;
 *   offered to one agent alone it is ended `refused`, as when that agent leaves (R15);
 * - a wrap-up goes on to its deadline; one that is past ends now; one without a deadline waits for its agent;
 * - whoever is no agent any more is offline; work in those hands goes back to its place (`work.moved` from its queue to
 *   the same; what was dialled directly has none and ends `failed`), wrap-ups end.
 *
 * Facts of one turn are stored together, so a story is not cut within a turn; should it be all the same, nothing is
 * lost: of work that lies in the same hands as its wrap-up, given away or taken back at that moment, only the work is kept.
 */
export function planRestart(left: LeftBehind, now: number): RestartPlan {
  const facts: Fact[] = [];
  const waiting: RestoredItem[] = [];
  const hands = new Map<string, { readonly seq: number; readonly hand: RestoredHand }[]>();
  const hold = (agentId: string, seq: number, hand: RestoredHand): void => {
    const list = hands.get(agentId) ?? [];
    list.push({ seq, hand });
    hands.set(agentId, list);
  };

  for (const { offerId, agentId, ...work } of left.offers)
    facts.push({ type: 'offer.ended', ...ids(work), offerId, agentId, outcome: 'revoked' });

  const taken = new Map<string, OpenItem>();
  for (const open of left.items) {
    const { agentId } = open;
    if (open.channel === 'call' || open.channel === 'chat') {
      const who = agentId === null ? {} : { agentId };
      facts.push({ type: 'work.ended', ...ids(open), end: 'server-restart', ...who });
    } else if (agentId !== null && left.isAgent(agentId) && !byPhone(open.channel)) {
      taken.set(open.itemId, open);
      hold(agentId, open.takenSeq ?? 0, { hand: workHand(open, now), item: restoredItem(open) });
    } else if (agentId === null && (open.onlyAgent !== null || open.queueId === DIRECT))
      facts.push({ type: 'work.ended', ...ids(open), end: 'refused' });
    else if (agentId !== null && open.queueId === DIRECT)
      facts.push({ type: 'work.ended', ...ids(open), end: 'failed', agentId });
    else {
      if (agentId !== null)
        facts.push({ type: 'work.moved', ...ids(open), from: open.queueId, why: 'server-restart' });
      waiting.push(restoredItem({ ...open, onlyAgent: null }));
    }
  }

  for (const wrapUp of left.wrapUps) {
    const { agentId, deadline } = wrapUp;
    const item = taken.get(wrapUp.itemId);
    if (item?.agentId === agentId || !left.isAgent(agentId) || (deadline !== null && deadline <= now))
      facts.push({ type: 'wrap-up.ended', ...ids(wrapUp), agentId });
    else hold(agentId, wrapUp.seq, { hand: wrapUpHand(wrapUp) });
  }

  const seats = seatsByAgent(left.seats);
  const agents: { id: string; restored: Restored }[] = [];
  for (const state of left.agents) {
    const { agentId } = state;
    if (left.isAgent(agentId)) {
      const held = (hands.get(agentId) ?? []).sort((a, b) => a.seq - b.seq);
      agents.push({
        id: agentId,
        restored: restored(
          state,
          held.map(({ hand }) => hand),
          seats.get(agentId) ?? [],
        ),
      });
    } else if (state.presence !== 'offline') facts.push(...signedOff(state));
  }

  const open = [...waiting, ...[...taken.values()].map(restoredItem)];
  return {
    facts,
    agents,
    waiting,
    queues: new Set(open.map(({ item }) => item.queueId)),
    interactions: new Set(open.map(({ item }) => item.interactionId)),
  };
}

/** The call that went with it is gone: back to its place, to be made again. */
const byPhone = (channel: Channel): boolean => channel === 'callback' || channel === 'lead';

const ids = ({ itemId, interactionId, queueId }: OpenWork): OpenWork => ({
  itemId,
  interactionId,
  queueId,
});

function restoredItem(open: OpenItem): RestoredItem {
  const {
    itemId: id,
    interactionId,
    queueId,
    channel,
    priority,
    asks,
    onlyAgent,
    ewtMs,
    arrivedAt,
    queuedAt,
    declined,
    visited,
  } = open;
  const only = onlyAgent === null ? {} : { onlyAgent };
  const item = { id, interactionId, queueId, channel, priority, ...asks, ...only };
  return { item, arrivedAt, queuedAt, ewtMs: ewtMs ?? undefined, declined, visited };
}

function workHand(open: OpenItem, now: number): RestoredHand['hand'] {
  const since = open.takenAt ?? now;
  return { ...ids(open), channel: open.channel, phase: 'work', since, wrapUp: undefined };
}

function wrapUpHand(wrapUp: OpenWrapUp): RestoredHand['hand'] {
  const { channel, mode, deadline, since } = wrapUp;
  return {
    ...ids(wrapUp),
    channel,
    phase: 'wrap-up',
    since,
    wrapUp: { mode, deadline: deadline ?? undefined },
  };
}

/** The order in which they were asked is kept by turns from 1 on; who was never asked has none, and is the first. */
function seatsByAgent(stored: readonly StoredSeat[]): Map<string, RestoredSeat[]> {
  const seats = new Map<string, RestoredSeat[]>();
  const asked = [...stored].sort((a, b) => a.askedSeq - b.askedSeq);
  for (const [i, { agentId, queueId, handled, talkMs }] of asked.entries()) {
    const list = seats.get(agentId) ?? [];
    list.push({ queueId, handled, talkMs, turn: i + 1 });
    seats.set(agentId, list);
  }
  return seats;
}

function restored(
  state: StoredAgentState,
  hands: readonly RestoredHand[],
  seats: readonly RestoredSeat[],
): Restored {
  return {
    presence: state.presence,
    reason: state.reason ?? undefined,
    next: state.nextPresence
      ? { presence: state.nextPresence, reason: state.nextReason ?? undefined }
      : undefined,
    missed: state.missed,
    hands,
    seats,
  };
}

function signedOff({ agentId, nextPresence }: StoredAgentState): Fact[] {
  return [
    ...(nextPresence ? [{ type: 'agent.next', agentId, presence: null } as const] : []),
    { type: 'agent.presence', agentId, presence: 'offline' },
    { type: 'agent.state', agentId, state: 'offline' },
  ];
}
