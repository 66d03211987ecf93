/**
 * Which INVITE belongs to what the agent sees, and what to do with it. The server names the offer in a header, or the
 * interaction whose sound it brings back; desk message, press of the answer key and INVITE may come in any order.
 */
export interface Invite {
  /** Value of the offer header, or ''. */
  readonly offerId: string;
  /** Value of the resume header (an interaction id), or ''. */
  readonly resumes: string;
}

export interface InviteContext {
  /** The offer whose answer button was pressed before its INVITE came. */
  readonly wanted: string | undefined;
  /** The interaction whose call the desk shows as talking or held. */
  readonly inHand: string | undefined;
  /** This browser had the sound of that call: of several windows of one agent it is the one to take it back. */
  readonly owner: boolean;
  /** A session is talking here already, and whether its signalling and its media path stand. */
  readonly talking: 'no' | 'healthy' | 'broken';
}

/**
 * - answer: the agent pressed the key already, or the call in hand gets its sound back.
 * - replace: the same, but a dead session of that call still stands here and goes first.
 * - answer-later, replace-later: another window of this agent has the better claim (it had the sound, or it has just
 *   been asked to take it); if it does not answer, this one does.
 * - ring: wait for the agent.
 * - busy: another call is in progress here.
 */
type InviteDecision = 'answer' | 'replace' | 'answer-later' | 'replace-later' | 'ring' | 'busy';

export function decideInvite(invite: Invite, context: InviteContext): InviteDecision {
  const { wanted, inHand, owner, talking } = context;
  if (invite.resumes !== '' && invite.resumes === inHand) {
    if (talking !== 'no') return talking === 'broken' ? 'replace' : 'replace-later';
    return owner ? 'answer' : 'answer-later';
  }
  if (talking !== 'no') return 'busy';
  return invite.offerId !== '' && invite.offerId === wanted ? 'answer' : 'ring';
}

/**
 * Should this desk ask for the sound of its call again? After a reload the desk shows the call, but its session went
 * with the old page.
 */
export function shouldRejoin(now: {
  readonly inHand: string | undefined;
  readonly owner: boolean;
  readonly registered: boolean;
  readonly hasCall: boolean;
}): boolean {
  return now.inHand !== undefined && now.owner && now.registered && !now.hasCall;
}
