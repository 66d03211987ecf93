import type { Generated } from 'kysely';
import { statements } from '#server/kernel/index.ts';

interface Work {
  item_id: string;
  interaction_id: string;
  queue_id: string;
}
export interface Tables {
  routing_setting: { n: Generated<number>; kind: string; id: string; data: string };
  work_words: { item_id: string; attributes: string };
  agent_state: {
    agent_id: string;
    presence: Generated<string>;
    reason: string | null;
    next_presence: string | null;
    next_reason: string | null;
    state: Generated<string>;
    since: number;
    missed: Generated<number>;
    free_seq: Generated<number>;
  };
  seat_count: {
    agent_id: string;
    queue_id: string;
    day: number;
    handled: Generated<number>;
    talk_ms: Generated<number>;
    asked_seq: Generated<number>;
  };
  open_item: Work & {
    seq: number;
    channel: string;
    priority: number;
    skills: string | null;
    preferred: string | null;
    hold_ms: number | null;
    due_at: number | null;
    boost: number | null;
    only_agent: string | null;
    arrived_at: number;
    queued_at: number;
    ewt_ms: number | null;
    declined: string;
    visited: string;
    agent_id: string | null;
    taken_seq: number | null;
    taken_at: number | null;
  };
  open_offer: Work & { seq: number; offer_id: string; agent_id: string };
  open_wrap_up: Work & {
    seq: number;
    agent_id: string;
    channel: string;
    mode: string;
    deadline: number | null;
    since: number;
  };
}
/** Builds the statements of this room. */
export const statement = statements<Tables>();

/** The last midnight of the zone this server runs in: what strategies count begins anew there. */
export function midnightBefore(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
