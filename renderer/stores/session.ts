import { create } from 'zustand';
import { endpoints, type Permission, permissions } from '#shared/contract/index.ts';
import type { SipCredentials, User } from '#shared/contract/people.ts';
import { call, problemCode } from './api.ts';

/** Why nobody is signed in, in codes of the language files (`signIn.<reason>`). */
type OutReason = 'signedOut' | 'revoked' | 'expired' | 'unreachable';

/**
 *   [checking] --GET /api/me--> [in] <--sign in-- [out]
 *        |                       |                  ^
 *        +-- nobody -------------+-- sign out, -----+
 *                                    revoked, expired
 */
interface Session {
  readonly status: 'checking' | 'out' | 'in';
  readonly user: User | undefined;
  readonly reason: OutReason | undefined;
}

export const useSession = create<Session>()(() => ({
  status: 'checking',
  user: undefined,
  reason: undefined,
}));

/** On load: is somebody signed in already? */
export async function loadSession(): Promise<void> {
  useSession.setState({ status: 'checking' });
  try {
    const user = await call(endpoints.me);
    useSession.setState({ status: 'in', user, reason: undefined });
  } catch (error) {
    const code = problemCode(error);
    const reason: OutReason | undefined =
      code === 'network' ? 'unreachable' : code === 'session.expired' ? 'expired' : undefined;
    useSession.setState({ status: 'out', user: undefined, reason });
  }
}

let firstSip: SipCredentials | null = null;

/** The phone's credentials that came with the sign-in, once; null after a reload. */
export function takeFirstSip(): SipCredentials | null {
  const sip = firstSip;
  firstSip = null;
  return sip;
}

/** Throws ProblemError (`sign-in.failed`, `sign-in.locked`, ...). */
export async function signIn(username: string, password: string): Promise<void> {
  const answer = await call(endpoints.signIn, { body: { username, password } });
  firstSip = answer.sip;
  useSession.setState({ status: 'in', user: answer.user, reason: undefined });
}

/** The server forgets the session even if this page is closed at once. */
export async function signOut(): Promise<void> {
  await call(endpoints.signOut).catch(() => {});
  endSession('signedOut');
}

export function endSession(reason: OutReason | undefined): void {
  if (useSession.getState().status === 'out') return;
  useSession.setState({ status: 'out', user: undefined, reason });
}

export function useMay(permission: Permission): boolean {
  const roles = useSession((s) => s.user?.roles);
  return roles?.some((role) => (permissions[permission] as readonly string[]).includes(role)) ?? false;
}
