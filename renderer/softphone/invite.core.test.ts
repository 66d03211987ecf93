import { describe, expect, it } from 'vitest';
import { decideInvite, type InviteContext, shouldRejoin } from './invite.core.ts';

const context = (over: Partial<InviteContext> = {}): InviteContext => ({
  wanted: undefined,
  inHand: undefined,
  owner: false,
  talking: 'no',
  ...over,
});
const offered = { offerId: 'o1', resumes: '' };
const resumed = { offerId: '', resumes: 'i1' };

describe('an INVITE of an offer', () => {
  it('P1: rings until the agent answers', () => expect(decideInvite(offered, context())).toBe('ring'));
  it('P2: is answered at once if the key was pressed before it came', () => {
    expect(decideInvite(offered, context({ wanted: 'o1' }))).toBe('answer');
  });
  it('P3: is not answered by the press of an earlier offer', () => {
    expect(decideInvite(offered, context({ wanted: 'o0' }))).toBe('ring');
  });
  it('P4: finds a phone that talks busy', () => {
    expect(decideInvite(offered, context({ talking: 'healthy', inHand: 'i1' }))).toBe('busy');
  });
  it('P5: without any header only rings', () => {
    expect(decideInvite({ offerId: '', resumes: '' }, context({ wanted: '' }))).toBe('ring');
  });
});

describe('an INVITE that brings the sound back', () => {
  it('P6: is answered at once by the window that had it', () => {
    expect(decideInvite(resumed, context({ inHand: 'i1', owner: true }))).toBe('answer');
  });
  it('P7: is left to that window for a moment by the others', () => {
    expect(decideInvite(resumed, context({ inHand: 'i1' }))).toBe('answer-later');
  });
  it('P8: replaces the dead session of the same call', () => {
    expect(decideInvite(resumed, context({ inHand: 'i1', owner: true, talking: 'broken' }))).toBe('replace');
  });
  it('P12: lets the window that asked for the sound have it, though a sound session stands here', () => {
    expect(decideInvite(resumed, context({ inHand: 'i1', owner: true, talking: 'healthy' }))).toBe(
      'replace-later',
    );
  });
  it('P9: waits while the desk does not (yet) show that call', () => {
    expect(decideInvite(resumed, context())).toBe('ring');
    expect(decideInvite(resumed, context({ inHand: 'i2', talking: 'healthy' }))).toBe('busy');
  });
});

describe('asking for the sound again', () => {
  const lost = { inHand: 'i1', owner: true, registered: true, hasCall: false };
  it('P10: happens after a reload in mid-call, once the phone is registered', () => {
    expect(shouldRejoin(lost)).toBe(true);
    expect(shouldRejoin({ ...lost, registered: false })).toBe(false);
  });
  it('P11: does not happen in a window that never had it, nor with the sound here', () => {
    expect(shouldRejoin({ ...lost, owner: false })).toBe(false);
    expect(shouldRejoin({ ...lost, hasCall: true })).toBe(false);
    expect(shouldRejoin({ ...lost, inHand: undefined })).toBe(false);
  });
});
