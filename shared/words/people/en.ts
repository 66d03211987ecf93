export const peopleEn = {
  signIn: {
    username: 'User name',
    password: 'Password',
    submit: 'Sign in',
    missing: 'Enter your user name and your password.',
    signedOut: 'You are signed out.',
    revoked: 'Your session was ended by an administrator or by a sign-in elsewhere.',
    expired: 'Your session has expired. Sign in again.',
    checking: 'Checking who is signed in…',
    unreachable: 'The server cannot be reached.',
  },
  role: { agent: 'Agent', supervisor: 'Supervisor', administrator: 'Administrator' },
  errors: {
    'sign-in.failed': 'User name or password is wrong.',
    'sign-in.locked': 'Too many wrong passwords: this account is locked for a while.',
    'sign-in.too-many': 'Too many attempts. Wait a minute and try again.',
    'session.required': 'Sign in first.',
    'session.expired': 'Your session has expired. Sign in again.',
  },
};
