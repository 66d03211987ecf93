import type { Log } from '#server/kernel/index.ts';
import type { InteractionSummary } from '#shared/contract/interactions.ts';
import type { Ref } from '#shared/contract/kit.ts';
import { idSchema } from '#shared/model/ids.ts';
import { callEndSchema, channelSchema } from '#shared/model/states.ts';
import type { StoredContact } from './interactions.store.ts';

/** Names of what other rooms keep; undefined, or absent, when it is gone. */
export interface Names {
  user(id: string): Ref | undefined;
  queue(id: string): Ref | undefined;
  customers(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, NonNullable<InteractionSummary['customer']>>>;
}

/** A contact as it is stored, with everything in it of a kind that the contract knows. */
export interface InteractionRow extends StoredContact {
  readonly channel: InteractionSummary['channel'];
  readonly direction: InteractionSummary['direction'];
  readonly end: InteractionSummary['end'];
}

const CHANNELS: ReadonlySet<string> = new Set(channelSchema.options);
const ENDS: ReadonlySet<string> = new Set(callEndSchema.options);
const DIRECTIONS: ReadonlySet<string> = new Set(['inbound', 'outbound', 'internal']);

/**
 * Reads rows whatever lies in them: a value that no longer means anything is left out, and said once for each column.
 * Undefined for a row whose very id is none.
 */
export function rowReader(log: Log): (row: StoredContact) => InteractionRow | undefined {
  const said = new Set<string>();
  const damaged = (row: StoredContact, column: string): undefined => {
    if (said.has(column)) return;
    said.add(column);
    log.error({ column, interactionId: row.id }, 'a damaged value in a contact: it is shown without it');
  };
  const among = (row: StoredContact, column: 'channel' | 'direction' | 'end', known: ReadonlySet<string>) => {
    const value = row[column];
    return value === null || known.has(value) ? value : damaged(row, column);
  };
  const id = (row: StoredContact, column: 'customer_id' | 'agent_id' | 'queue_id' | 'disposition') => {
    const value = row[column];
    if (value === null || idSchema.safeParse(value).success) return value;
    return damaged(row, column) ?? null;
  };
  const time = (row: StoredContact, column: 'started_at' | 'answered_at' | 'ended_at') => {
    const value = row[column];
    if (value === null || (Number.isSafeInteger(value) && value >= 0)) return value;
    return damaged(row, column) ?? null;
  };

  return (row) => {
    if (!idSchema.safeParse(row.id).success) return damaged(row, 'id');
    return {
      ...row,
      channel: (among(row, 'channel', CHANNELS) ?? 'call') as InteractionRow['channel'],
      direction: (among(row, 'direction', DIRECTIONS) ?? 'inbound') as InteractionRow['direction'],
      customer_id: id(row, 'customer_id'),
      agent_id: id(row, 'agent_id'),
      queue_id: id(row, 'queue_id'),
      started_at: time(row, 'started_at') ?? 0,
      answered_at: time(row, 'answered_at'),
      ended_at: time(row, 'ended_at'),
      end: (among(row, 'end', ENDS) ?? null) as InteractionRow['end'],
      disposition: id(row, 'disposition'),
      recording_ms: row.recording_ms !== null && row.recording_ms >= 0 ? row.recording_ms : null,
    };
  };
}

/** A user or a queue that is gone still has its id for a name. */
export const nameOr = (id: string, named: Ref | undefined): Ref => ({ id, name: named?.name ?? id });

/** Lines of history; customers' names come in one look-up for all of them. */
export async function summaries(
  rows: readonly InteractionRow[],
  names: Names,
  dispositions: ReadonlyMap<string, Ref>,
): Promise<InteractionSummary[]> {
  const customers = await names.customers(customersOf(rows));
  const named = (id: string | null, name: (id: string) => Ref | undefined): Ref | null =>
    id === null ? null : nameOr(id, name(id));
  return rows.map((row) => {
    const customer = row.customer_id === null ? undefined : customers.get(row.customer_id);
    return {
      id: row.id,
      channel: row.channel,
      direction: row.direction,
      ani: row.ani ?? '',
      dnis: row.dnis ?? '',
      customer: customer ? { id: customer.id, name: customer.name, tier: customer.tier } : null,
      agent: named(row.agent_id, (id) => names.user(id)),
      queue: named(row.queue_id, (id) => names.queue(id)),
      startedAt: row.started_at,
      answeredAt: row.answered_at,
      endedAt: row.ended_at,
      end: row.end,
      disposition: named(row.disposition, (id) => dispositions.get(id)),
      notes: row.notes ?? '',
      hasRecording: row.recording_file !== null && (row.recording_ms ?? 0) > 0,
      recordingMs: row.recording_ms,
    };
  });
}

/** Each once. */
export function customersOf(rows: readonly { readonly customer_id: string | null }[]): string[] {
  const ids = new Set<string>();
  for (const { customer_id } of rows) if (customer_id !== null) ids.add(customer_id);
  return [...ids];
}
