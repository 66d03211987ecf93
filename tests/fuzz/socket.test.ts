import fc from 'fast-check';
import type { Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, errorStatus } from '#shared/contract/index.ts';
import { ackSchema } from '#shared/contract/kit.ts';
import { command, next, type RunningApi, startApi } from '../support/api.ts';
import { within } from '../support/eventually.ts';
import { runs, timeFor } from '../support/proof.ts';

const names = [...Object.keys(commands), '', 'no.such', '__proto__', 'constructor', 'toString'];
const value = fc.oneof(
  fc.anything({ maxDepth: 3, withBigInt: false, withMap: false, withSet: false, withTypedArray: false }),
  fc.constantFrom('int_ann', 'x'.repeat(30_000), -1, Number.MAX_VALUE, null),
);
/** Near enough to a real command to get past the first check, most of the time. */
const envelope = fc.oneof(
  { weight: 1, arbitrary: value },
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.oneof(fc.constantFrom(...names), value),
      input: fc.oneof(
        value,
        fc.record(
          {
            interactionId: value,
            offerId: value,
            held: value,
            muted: value,
            digit: value,
            notes: value,
            base: value,
            disposition: value,
            customerId: value,
            on: value,
          },
          { requiredKeys: [] },
        ),
      ),
    }),
  },
);

describe('a desk’s socket, given anything', () => {
  let api: RunningApi;
  let socket: Socket;
  beforeAll(async () => {
    api = await startApi();
    const { token } = await api.signIn('agent1');
    socket = api.desk({ token });
    const desk = next(socket, 'desk');
    socket.connect();
    await desk;
  });
  afterAll(() => api.stop());

  it(
    'acknowledges every command with what its contract allows or a known code, and stays open',
    async () => {
      await fc.assert(
        fc.asyncProperty(envelope, async (sent) => {
          api.kernel.clock.advance(1_000); // not to be told that this is too many
          const ack = ackSchema.parse(
            await within(socket.emitWithAck('command', sent), 'an acknowledgement'),
          );
          if (!ack.ok) {
            expect(Object.keys(errorStatus)).toContain(ack.error.code);
            expect(JSON.stringify(ack)).not.toMatch(/\n\s+at |node_modules|secret/);
          }
          expect(socket.connected).toBe(true);
        }),
        runs(400),
      );
      expect(await command(socket, 'call.hold', { interactionId: 'int_ann', held: true })).toEqual({
        ok: true,
        output: {},
      });
    },
    timeFor(60_000),
  );
});
