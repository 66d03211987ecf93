import { type Channel, channelSchema } from '#shared/model/states.ts';
import type { AgentRecord } from './records.core.ts';

/** Channels as bits, so that "which of them can this agent take now" is one number. */
const CHANNELS = channelSchema.options;
const bits = Object.fromEntries(CHANNELS.map((channel, i) => [channel, 1 << i])) as Record<Channel, number>;

export const channelBit = (channel: Channel): number => bits[channel];

/** Work on these rings a phone: the agent needs one that can be rung. */
const BY_PHONE = bits.call | bits.callback | bits.lead;

export const needsPhone = (bit: number): boolean => (bit & BY_PHONE) !== 0;

/**
 * Channels whose capacity is not used up and that may come on top of everything in the agent's hands. Wrap-up counts
 * like the work it belongs to.
 */
export function fits(agent: AgentRecord): number {
  const { capacity, interrupts } = agent.settings;
  let held = 0;
  for (const hand of agent.hands) held |= hand.channelBit;
  let fit = 0;
  for (const channel of CHANNELS) {
    const most = capacity[channel] ?? 0;
    if (most === 0) continue;
    const bit = bits[channel];
    let others = held & ~bit;
    if (others !== 0) for (const under of interrupts[channel] ?? []) others &= ~bits[under];
    if (others !== 0) continue;
    if ((held & bit) === 0 || count(agent, bit) < most) fit |= bit;
  }
  return fit;
}

function count(agent: AgentRecord, bit: number): number {
  let n = 0;
  for (const hand of agent.hands) if (hand.channelBit === bit) n += 1;
  return n;
}

/** Channels the agent could be offered work of right now, as bits. */
export function takes(agent: AgentRecord): number {
  if (agent.presence !== 'available' || agent.missed || agent.removed) return 0;
  if (agent.offer || agent.next) return 0; // one offer at a time; one who is about to leave gets nothing more
  const fit = fits(agent);
  return agent.reachable ? fit : fit & ~BY_PHONE;
}
