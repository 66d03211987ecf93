import { expectedWait } from './ewt.core.ts';
import { channelBit } from './fit.core.ts';
import type { AgentRecord, Hand, QueueRecord } from './records.core.ts';
import type { AgentView, HandView, QueueView } from './types.ts';

export function viewAgent(agent: AgentRecord): AgentView {
  return {
    id: agent.id,
    presence: agent.presence,
    reason: agent.reason,
    next: agent.next,
    state: agent.state,
    since: agent.since,
    offer: agent.offer?.offer,
    hands: agent.hands.map(viewHand),
    queues: agent.settings.queues,
    skills: agent.settings.skills,
    reachable: agent.reachable,
  };
}

function viewHand({ itemId, interactionId, queueId, channel, item, since, wrapUp }: Hand): HandView {
  return {
    itemId,
    interactionId,
    queueId,
    channel,
    phase: item ? 'work' : 'wrap-up',
    since,
    wrapUp: wrapUp && { mode: wrapUp.mode, deadline: wrapUp.deadline },
  };
}

export function viewQueue(queue: QueueRecord, open: boolean): QueueView {
  let longestSince: number | undefined;
  for (const { arrivedAt } of queue.waiting)
    if (longestSince === undefined || arrivedAt < longestSince) longestSince = arrivedAt;
  return {
    id: queue.settings.id,
    name: queue.settings.name,
    open,
    waiting: queue.waiting.size,
    longestSince,
    agentsIdle: queue.idle,
    agentsOnWork: queue.onWork,
    agentsSignedIn: queue.signedIn,
    ewtMs: expectedWait(queue, channelBit('call')),
    ewtError: queue.ewtErrors.view(),
  };
}
