import type { Room } from '#server/kernel/index.ts';
import { telephonyFacts } from '#shared/model/facts/index.ts';
import type { Calls } from './types.ts';

const done = {};

/** Calls as the server sees them: the facts of telephony, and what a desk may do with the work in its hands. */
export const callsRoom: Room<Calls> = {
  name: 'calls',
  facts: telephonyFacts,
  permissions: {},
  migrations: [],
  projections: [],
  commands: (calls) => ({
    'offer.shown': ({ user }, { offerId }) => {
      calls.offerShown(user.id, offerId);
      return done;
    },
    'offer.decline': ({ user }, { offerId }) => {
      calls.declineOffer(user.id, offerId);
      return done;
    },
    'call.mute': ({ user }, { interactionId, muted }) => {
      calls.mute(user.id, interactionId, muted);
      return done;
    },
    'call.hold': ({ user }, { interactionId, held }) => {
      calls.hold(user.id, interactionId, held);
      return done;
    },
    'call.hang-up': ({ user }, { interactionId }) => {
      calls.hangUp(user.id, interactionId);
      return done;
    },
    'call.rejoin': ({ user }, { interactionId }) => {
      calls.rejoin(user.id, interactionId);
      return done;
    },
    'call.digit': ({ user }, { interactionId, digit }) => {
      calls.digit(user.id, interactionId, digit);
      return done;
    },
    'wrap-up.extend': ({ user }, { interactionId }) => {
      calls.extendWrapUp(user.id, interactionId);
      return done;
    },
    'wrap-up.finish': ({ user }, { interactionId }) => {
      calls.finishWrapUp(user.id, interactionId);
      return done;
    },
    'customer.choose': async ({ user }, { interactionId, customerId }) => {
      await calls.chooseCustomer(user.id, interactionId, customerId);
      return done;
    },
  }),
  stop: (calls) => calls.stop(),
};
