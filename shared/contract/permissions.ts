import type { Role } from '../model/states.ts';

/** What each role may do. `people` checks it in one place for REST and for sockets. */
export const permissions = {
  self: ['agent', 'supervisor', 'administrator'],
  'work.take': ['agent', 'supervisor', 'administrator'],
  'history.own': ['agent', 'supervisor', 'administrator'],
  'history.all': ['supervisor', 'administrator'],
  'recording.own': ['agent', 'supervisor', 'administrator'],
  'recording.all': ['supervisor', 'administrator'],
  'customers.read': ['agent', 'supervisor', 'administrator'],
  'customers.write': ['agent', 'supervisor', 'administrator'],
  'board.read': ['supervisor', 'administrator'],
  /** Move and boost waiting work, change agents' presence, skills and profile. */
  'work.manage': ['supervisor', 'administrator'],
  'routing.read': ['supervisor', 'administrator'],
  'routing.manage': ['administrator'],
  'users.manage': ['administrator'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;
