import { describe, expect, it } from 'vitest';
import type { AppError } from '#shared/contract/app-error.ts';
import { testKernel } from '../../tests/support/kernel.ts';
import { LOCK_MS, unlocked, WRONG_IN_A_ROW } from './lock-out.core.ts';
import type { Account } from './people.store.ts';
import { SignIn } from './sign-in.ts';

/** Sign-in with comparisons that take one turn and no effort; `compared` holds what was compared. */
async function door() {
  const kernel = await testKernel();
  const user = { id: 'usr_ann', username: 'agent1', name: 'Ann', roles: ['agent' as const], team: null };
  const ann: Account = {
    user,
    passwordHash: 'hash of right',
    lock: unlocked,
    device: undefined,
    fixedUri: undefined,
  };
  const compared: (string | undefined)[] = [];
  const signIn = new SignIn({
    kernel,
    write: () => undefined,
    passwords: {
      matches: async (stored, password) => {
        compared.push(stored);
        await Promise.resolve();
        return stored === `hash of ${password}`;
      },
    },
    account: (name) => (name === 'agent1' ? ann : undefined),
  });
  const attempt = (name: string, password = 'wrong', source = '10.0.0.1') =>
    signIn.check(name, password, source).then(
      () => 'in',
      (error: AppError) => error.code,
    );
  const facts = async () => {
    await kernel.journal.flush();
    return kernel.journal.since(0);
  };
  return { kernel, ann, compared, signIn, attempt, facts };
}
const count = (codes: readonly string[], code: string) => codes.filter((c) => c === code).length;

describe('the door', () => {
  it('P2 compares for an unknown name and for a user without a password just as for a known one', async () => {
    const { attempt, compared, ann } = await door();
    expect([await attempt('agent1'), await attempt('nobody')]).toEqual(['sign-in.failed', 'sign-in.failed']);
    ann.passwordHash = undefined;
    expect(await attempt('agent1', 'right')).toBe('sign-in.failed');
    expect(compared).toEqual(['hash of right', undefined, undefined]);
  });

  it.each(['agent1', 'nobody'])(
    'P3 locks %s after ten wrong passwords in a row, for 15 minutes, and compares nothing meanwhile',
    async (name) => {
      const { kernel, attempt, compared, facts } = await door();
      for (let i = 0; i < WRONG_IN_A_ROW; i++) {
        expect(await attempt(name)).toBe('sign-in.failed');
        kernel.clock.advance(6000);
      }
      expect(await attempt(name, 'right')).toBe('sign-in.locked');
      kernel.clock.advance(LOCK_MS - 6001);
      expect(await attempt(name)).toBe('sign-in.locked');
      expect(compared).toHaveLength(WRONG_IN_A_ROW);
      kernel.clock.advance(1);
      expect(await attempt(name)).toBe('sign-in.failed'); // the first of ten again
      expect(await attempt(name, 'right')).toBe(name === 'agent1' ? 'in' : 'sign-in.failed');
      expect((await facts()).map((fact) => fact.type)).toEqual(name === 'agent1' ? ['user.locked'] : []);
    },
  );

  it('P3 a right password starts the count again', async () => {
    const { kernel, attempt, ann } = await door();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < WRONG_IN_A_ROW - 1; i++) {
        expect(await attempt('agent1')).toBe('sign-in.failed');
        kernel.clock.advance(6000);
      }
      expect(await attempt('agent1', 'right')).toBe('in');
      expect(ann.lock).toEqual(unlocked);
    }
  });

  it.each(['agent1', 'nobody'])(
    'P5 guesses at %s made at the same time are no more than the lock-out allows',
    async (name) => {
      const { attempt, compared } = await door();
      const codes = await Promise.all(Array.from({ length: 30 }, () => attempt(name)));
      expect(compared).toHaveLength(WRONG_IN_A_ROW);
      expect(count(codes, 'sign-in.failed')).toBe(WRONG_IN_A_ROW);
      expect(count(codes, 'sign-in.locked')).toBe(10);
      expect(count(codes, 'sign-in.too-many')).toBe(10);
    },
  );

  it('P4 one address cannot go through names for ever, and no other is held up by it', async () => {
    const { attempt, kernel } = await door();
    const codes = await Promise.all(
      Array.from({ length: 110 }, (_, i) => attempt(`name${i}`, 'wrong', '2001:db8::1')),
    );
    expect(count(codes, 'sign-in.too-many')).toBe(10);
    expect(await attempt('other', 'wrong', '2001:db8::ffff')).toBe('sign-in.too-many');
    expect(await attempt('agent1', 'right', '10.0.0.9')).toBe('in');
    kernel.clock.advance(1000);
    expect(await attempt('other', 'wrong', '2001:db8::ffff')).toBe('sign-in.failed');
  });

  it('P4 right passwords are not counted, however many come', async () => {
    const { attempt } = await door();
    for (let i = 0; i < 500; i++) expect(await attempt('agent1', 'right')).toBe('in');
  });

  it('P1 a password changed while the old one is compared lets nobody in', async () => {
    const { attempt, ann } = await door();
    const coming = attempt('agent1', 'right');
    await Promise.resolve();
    ann.passwordHash = 'hash of newer';
    expect(await coming).toBe('sign-in.failed');
    expect(await attempt('agent1', 'newer')).toBe('in');
  });
});
