import type { InteractionDetail } from '#shared/contract/interactions.ts';
import type { Fact, FactType, Recorded } from '#shared/model/facts/index.ts';

type Line = InteractionDetail['timeline'][number];
type Text = { [T in FactType]?: string | ((fact: Extract<Fact, { type: T }>) => string) };

const words = (code: string): string => code.replaceAll('-', ' ');

/**
 * What happened, in short. Constant texts and codes only: facts hold no more; numbers and notes are shown in their own place.
 */
const texts: Text = {
  'interaction.opened': (fact) => `Opened, ${fact.direction}`,
  'interaction.queued': 'Queued',
  'interaction.assigned': 'Assigned to an agent',
  'interaction.matched': (fact) => (fact.customerId === null ? 'Customer taken off' : 'Customer chosen'),
  'interaction.noted': 'Notes saved',
  'interaction.disposed': 'Disposition set',
  'interaction.ended': (fact) => `Ended: ${words(fact.end)}`,
  'work.arrived': 'Waiting in the queue',
  'work.moved': (fact) => `Moved to another queue: ${words(fact.why)}`,
  'work.unheld': 'Kept for its agent no longer',
  'work.boosted': 'Place in the queue changed',
  'work.called-back': 'To be called back',
  'work.ended': (fact) => `Work ended: ${words(fact.end)}`,
  'offer.made': 'Offered to an agent',
  'offer.ended': (fact) => `Offer ${words(fact.outcome)}`,
  'wrap-up.started': 'Wrap-up started',
  'wrap-up.extended': 'Wrap-up extended',
  'wrap-up.ended': 'Wrap-up finished',
  'call.arrived': 'Call arrived',
  'call.answered': 'Call answered',
  'call.bridged': 'Talking with an agent',
  'call.held': 'On hold',
  'call.retrieved': 'Back from hold',
  'call.muted': 'Agent muted',
  'call.unmuted': 'Agent unmuted',
  'call.ended': (fact) => `Call ended: ${words(fact.end)}`,
  'leg.ringing': 'Phone rings',
  'leg.answered': 'Phone answered',
  'leg.ended': 'Phone released',
  'recording.started': 'Recording started',
  'recording.ended': 'Recording finished',
  'recording.failed': 'Recording failed',
  'flow.menu-left': (fact) => (fact.by === 'key' ? 'Left a menu' : 'Left a menu without a choice'),
};

/**
 * The facts of one interaction as lines, in order. Of notes saved again and again as they are typed, the last of each
 * run is shown.
 */
export function timeline(
  facts: readonly Recorded[],
  agent: (id: string) => Line['agent'],
): InteractionDetail['timeline'] {
  const lines: Line[] = [];
  facts.forEach((fact, index) => {
    const next = facts[index + 1];
    if (fact.type === 'interaction.noted' && next?.type === fact.type && next.agentId === fact.agentId)
      return;
    const text = texts[fact.type] as string | ((fact: Fact) => string) | undefined;
    const who = 'agentId' in fact ? fact.agentId : 'by' in fact ? fact.by : undefined;
    lines.push({
      seq: fact.seq,
      at: fact.at,
      type: fact.type,
      agent: who === undefined ? null : agent(who),
      text: typeof text === 'function' ? text(fact) : (text ?? fact.type),
    });
  });
  return lines;
}
