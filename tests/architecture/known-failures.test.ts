import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/lib/run.ts';

/**
 * What goes wrong in other contact centres, and the tests that keep it from going wrong here: each with real phones,
 * sockets or databases where they have a part in it, and for rules of routing in the core as well.
 */
const KNOWN: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  'the caller hangs up while the agent is rung, and the phone rings on': [
    ['tests/scenarios/offers.test.ts', 'R7 ends with the caller: hanging up while the phone rings stops it'],
    ['tests/sip/sipp.test.ts', 'K5 who hangs up while an agent is rung: 487'],
    ['server/routing/offers.core.test.ts', 'R7 withdrawn while it rings: the offer is revoked'],
  ],
  'a call that ended stays on work for hours': [
    ['tests/integration/ten-thousand.test.ts', 'K5 leave nothing behind'],
    ['tests/sip/silence.test.ts', 'RFC 3261 13.3.1.4 a caller who never confirms the answer is sent BYE'],
    ['server/routing/routing.model.proof.test.ts', 'R1-R31 every invariant after each of'],
  ],
  'an agent is stuck in “offered”': [
    [
      'tests/scenarios/offers.test.ts',
      'never leaves an agent "offered": a phone that answers nothing at all',
    ],
    ['tests/scenarios/offers.test.ts', 'never leaves an agent "offered": the agent goes offline'],
    ['tests/scenarios/offers.test.ts', 'never leaves an agent "offered": the agent signs out'],
    ['server/routing/routing.model.proof.test.ts', 'R1-R31 every invariant after each of'],
  ],
  'wrap-up is ignored when the next call comes from another queue': [
    ['tests/scenarios/offers.test.ts', 'R12 is kept when the next call comes from another queue'],
    ['server/routing/wrap-up.core.test.ts', 'R12 the wrap-up is that of the work that ended'],
  ],
  'wrap-up is begun anew by a transfer': [
    ['server/routing/moves.core.test.ts', 'R12 R27 the agent wraps up as the old queue wants'],
    ['server/routing/moves.core.test.ts', 'R12 R27 taken back during its own wrap-up: one wrap-up'],
  ],
  'declining rings the same agent again at once': [
    ['tests/scenarios/offers.test.ts', 'R6 declined does not ring the same agent again at once'],
    ['server/routing/ring-all.core.test.ts', 'R19 R24 who declined is left out of the next round'],
  ],
  'registering again during an offer counts as a missed call': [
    ['tests/scenarios/offers.test.ts', 'R9 is no missed call when the phone registers again meanwhile'],
    ['server/routing/offers.core.test.ts', 'R9 registering again during an offer is no miss'],
  ],
  'the line drops between ringing and answer, and the call dies after 32 s': [
    ['tests/scenarios/line-lost.test.ts', 'R9 between ringing and answer: the phone is back at once'],
    ['tests/scenarios/offers.test.ts', 'outlives a desk whose socket drops between ringing and answer'],
  ],
  'the line is back, the sound is not': [
    ['tests/scenarios/line-lost.test.ts', 'in mid-call keeps the call: audio goes on'],
    ['tests/e2e/media-webrtc.test.ts', 'M10: restarts ICE on another path, and audio goes on'],
  ],
  'a dead connection is noticed minutes late': [
    [
      'server/telephony/sip/transport/transports.test.ts',
      'a WebSocket that answers no ping is given up in under 35 s',
    ],
    ['tests/integration/api-gateway.test.ts', 'G3 a desk that lost its network comes back by itself'],
  ],
  'the same agent is signed in twice': [
    ['tests/scenarios/offers.test.ts', 'is on both desks of an agent signed in twice, rings the phone once'],
    ['tests/sip/answering.test.ts', 'two phones of one agent that answer in the same moment'],
  ],
  'the desktop is reloaded in mid-call': [
    ['tests/e2e/call.test.ts', 'K3 survives a reload of the desk'],
    ['tests/scenarios/line-lost.test.ts', 'K3 by a reload in mid-call'],
  ],
  'the phone is gone and the agent still available': [
    [
      'tests/scenarios/offers.test.ts',
      'R8 is not made to an agent who is available but has no phone any more',
    ],
    [
      'server/routing/items.core.test.ts',
      'R8 nobody offline, not ready or without a phone is offered anything',
    ],
  ],
  'a state chosen in wrap-up closes the contact before its notes are saved': [
    [
      'server/routing/wrap-up.core.test.ts',
      'R11 presence chosen on work or in wrap-up waits until both are over',
    ],
    ['tests/e2e/call.test.ts', 'ends when the caller hangs up: wrap-up, disposition, note, history'],
  ],
  'a recording is missing or empty': [
    ['tests/integration/media.test.ts', 'M8: with the last leg the recording is complete'],
    ['tests/integration/bad-input-disk-full.test.ts', 'M8: the call goes on, what was written can be played'],
    ['tests/scenarios/restart.test.ts', 'R17 by kill -9 loses no record: history, recording'],
  ],
  'a callback loses its place': [
    ['tests/scenarios/callback.test.ts', 'K11 R28 is called back in turn'],
    ['server/routing/moves.core.test.ts', 'R28 a waiting call turned callback keeps place and score'],
  ],
  'a chat is given to an agent who is full or away': [
    ['server/routing/channels.core.test.ts', 'R20 three chats at once, the fourth waits'],
    [
      'server/routing/items.core.test.ts',
      'R8 nobody offline, not ready or without a phone is offered anything',
    ],
  ],
  'a lock on the database freezes the server': [
    ['server/kernel/journal.contract.test.ts', 'J5 is not stored meanwhile and is stored afterwards'],
    ['tests/e2e/unsaved.test.ts', 'D3 a call is offered and answered, notes are not called saved'],
  ],
  'a restart forgets those who wait': [
    ['tests/scenarios/callback.test.ts', 'K11 R17 is called back also when the server was started anew'],
    [
      'server/routing/restart.proof.test.ts',
      'R17 killed between any two facts: no work is lost or there twice',
    ],
    ['tests/scenarios/restart.test.ts', 'K5 by SIGTERM ends calls with BYE'],
  ],
};

describe('failures known from other systems', () => {
  it.each(Object.entries(KNOWN))('%s: is tested', (_failure, tests) => {
    for (const [file, title] of tests) {
      const titled = readFileSync(join(root, file), 'utf8')
        .split('\n')
        .filter((line) => line.includes(title));
      expect(
        titled.some((line) => /^\s*(it\b|it\.|['"`])/.test(line)),
        `${file}: ${title}`,
      ).toBe(true);
    }
  });
});
