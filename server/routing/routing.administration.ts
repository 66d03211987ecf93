import type { Kernel } from '#server/kernel/index.ts';
import { AppError, type ErrorCode } from '#shared/contract/errors.ts';
import type { AgentRouting, Hours, Profile, QueueSettings, Skill } from '#shared/model/routing.ts';
import type { RoutingEvent } from './events.core.ts';
import type { RoutingCore } from './routing.core.ts';
import { type Kind, type Kinds, kinds, type RoutingStore } from './routing.store.ts';
import { DIRECT } from './settings.core.ts';
import type { Serving } from './stranded.core.ts';
import type { AgentSettings, Forced } from './types.ts';

type Reason = Kinds['reason'];

/**
 * What administrators set. Settings are checked first, then stored, then put in force; what is removed is let go of
 * first and deleted then. So what is refused changes nothing, and a disk that fails leaves nothing in force that a
 * restart would not bring back.
 */
export class Administration {
  readonly #kernel: Kernel;
  readonly #store: RoutingStore;
  readonly #core: RoutingCore;
  /** Puts a setting in force. Throws what the core refuses. */
  readonly #command: (event: RoutingEvent) => void;
  readonly #skills: Map<string, Skill>;
  readonly #hours: Map<string, Hours>;
  readonly #profiles: Map<string, Profile>;
  readonly #agents: Map<string, AgentRouting>;
  readonly #reasons: Map<string, Reason>;

  constructor(
    kernel: Kernel,
    store: RoutingStore,
    core: RoutingCore,
    command: (event: RoutingEvent) => void,
  ) {
    this.#kernel = kernel;
    this.#store = store;
    this.#core = core;
    this.#command = command;
    this.#skills = byId(store.all('skill'));
    this.#hours = byId(store.all('hours'));
    this.#profiles = byId(store.all('profile'));
    this.#agents = byId(store.all('agent'));
    this.#reasons = byId(store.all('reason'));
  }

  skills = (): Skill[] => [...this.#skills.values()];
  hours = (): Hours[] => [...this.#hours.values()];
  profiles = (): Profile[] => [...this.#profiles.values()];
  agents = (): AgentRouting[] => [...this.#agents.values()];
  agent = (agentId: string): AgentRouting | undefined => this.#agents.get(agentId);
  reasons = (): Reason[] => [...this.#reasons.values()];
  hasReason = (reasonId: string): boolean => this.#reasons.has(reasonId);

  /** What the core is to know of this agent; undefined for somebody who takes no work. */
  settingsOf(agentId: string): AgentSettings | undefined {
    const agent = this.#agents.get(agentId);
    const profile = agent && this.#profiles.get(agent.profileId);
    return profile && resolve(agent, profile);
  }

  setQueue(settings: QueueSettings): void {
    const queue = parse('queue', settings);
    if (queue.id === DIRECT) throw builtIn();
    this.#knowSkills([...Object.keys(queue.skills), ...queue.relax.flatMap((step) => step.drop)]);
    if (queue.hours !== null && !this.#hours.has(queue.hours)) throw unknown('hours', queue.hours);
    for (const { to } of queue.overflow)
      if (to.kind === 'queue' && to.queueId !== queue.id) this.#knowQueue(to.queueId);
    this.#save(() => this.#store.save('queue', queue));
    this.#command({ type: 'queue.set', queue });
  }

  removeQueue(queueId: string): void {
    if (queueId === DIRECT) throw builtIn();
    this.#knowQueue(queueId);
    const users = this.#core
      .allQueueSettings()
      .filter(
        ({ id, overflow }) =>
          id !== queueId && overflow.some(({ to }) => to.kind === 'queue' && to.queueId === queueId),
      );
    if (users.length > 0) throw inUse('another queue overflows to this one', { queues: ids(users) });
    this.#command({ type: 'queue.removed', queueId });
    const changed = [...this.#profiles.values()]
      .filter(({ queues }) => queues.some((serves) => serves.queueId === queueId))
      .map((profile) => ({ ...profile, queues: profile.queues.filter((q) => q.queueId !== queueId) }));
    for (const profile of changed) this.#profiles.set(profile.id, profile);
    this.#save(() => {
      this.#store.remove('queue', queueId);
      for (const profile of changed) this.#store.save('profile', profile);
    });
  }

  setSkill(input: Skill): void {
    const skill = parse('skill', input);
    this.#save(() => this.#store.save('skill', skill));
    this.#skills.set(skill.id, skill);
  }

  removeSkill(skillId: string): void {
    if (!this.#skills.has(skillId)) throw unknown('skill', skillId);
    const agents = [...this.#agents.values()].filter(({ skills }) => Object.hasOwn(skills, skillId));
    if (agents.length > 0) throw inUse('an agent has this skill', { agents: ids(agents) });
    const queues = this.#core
      .allQueueSettings()
      .filter(
        ({ skills, relax }) =>
          Object.hasOwn(skills, skillId) || relax.some(({ drop }) => drop.includes(skillId)),
      );
    if (queues.length > 0) throw inUse('a queue asks for this skill', { queues: ids(queues) });
    this.#remove('skill', this.#skills, skillId);
  }

  setHours(input: Hours): void {
    const hours = parse('hours', input);
    this.#save(() => this.#store.save('hours', hours));
    this.#hours.set(hours.id, hours);
    this.#command({ type: 'hours.set', hours });
  }

  removeHours(hoursId: string): void {
    if (!this.#hours.has(hoursId)) throw unknown('hours', hoursId);
    const users = this.#core.allQueueSettings().filter(({ hours }) => hours === hoursId);
    if (users.length > 0) throw inUse('a queue has these opening hours', { queues: ids(users) });
    this.#command({ type: 'hours.removed', hoursId });
    this.#remove('hours', this.#hours, hoursId);
  }

  setProfile(input: Profile, { force = false }: Forced = {}): void {
    const profile = parse('profile', input);
    for (const { queueId } of profile.queues) this.#knowQueue(queueId);
    const users = [...this.#agents.values()].filter(({ profileId }) => profileId === profile.id);
    if (!force) this.#refuseStranding(new Map(users.map((user) => [user.id, resolve(user, profile)])));
    this.#save(() => this.#store.save('profile', profile));
    this.#profiles.set(profile.id, profile);
    for (const { id } of users) {
      const agent = this.settingsOf(id);
      if (agent) this.#command({ type: 'agent.set', agent });
    }
  }

  removeProfile(profileId: string): void {
    if (!this.#profiles.has(profileId)) throw unknown('profile', profileId);
    const agents = [...this.#agents.values()].filter((one) => one.profileId === profileId);
    if (agents.length > 0) throw inUse('an agent has this profile', { agents: ids(agents) });
    this.#remove('profile', this.#profiles, profileId);
  }

  setAgent(input: AgentRouting, { force = false }: Forced = {}): void {
    const routing = parse('agent', input);
    const profile = this.#profiles.get(routing.profileId);
    if (!profile) throw unknown('profile', routing.profileId);
    this.#knowSkills(Object.keys(routing.skills));
    if (!force) this.#refuseStranding(new Map([[routing.id, resolve(routing, profile)]]));
    this.#save(() => this.#store.save('agent', routing));
    this.#agents.set(routing.id, routing);
    this.#command({ type: 'agent.set', agent: resolve(routing, profile) });
  }

  removeAgent(agentId: string, { force = false }: Forced = {}): void {
    if (!this.#agents.has(agentId)) throw new AppError('not-found', 'no such agent', { agent: agentId });
    if (!force) this.#refuseStranding(new Map([[agentId, { queues: [], skills: {} }]]));
    this.#command({ type: 'agent.removed', agentId });
    this.#remove('agent', this.#agents, agentId);
  }

  setReason(input: Reason): void {
    const reason = parse('reason', input);
    this.#save(() => this.#store.save('reason', reason));
    this.#reasons.set(reason.id, reason);
  }

  removeReason(reasonId: string): void {
    if (!this.#reasons.has(reasonId)) throw new AppError('not-found', 'no such reason', { reason: reasonId });
    this.#remove('reason', this.#reasons, reasonId);
  }

  /** Facts first: settings stored must not run ahead of the work they were checked against. */
  #save(write: () => void): void {
    this.#kernel.journal.flush();
    this.#store.together(write);
  }

  #remove(kind: Kind, known: Map<string, unknown>, id: string): void {
    known.delete(id);
    this.#save(() => this.#store.remove(kind, id));
  }

  #knowQueue(id: string): void {
    if (id === DIRECT || !this.#core.queueSettings(id)) throw unknown('queue', id);
  }

  #knowSkills(ids: readonly string[]): void {
    const missing = ids.find((id) => !this.#skills.has(id));
    if (missing !== undefined) throw unknown('skill', missing);
  }

  /** R30 @param serving what these agents would serve, and with which skills */
  #refuseStranding(serving: ReadonlyMap<string, Serving>): void {
    const queues = this.#core.strandedBy(serving, this.#kernel.clock.now());
    if (queues.length > 0)
      throw new AppError('routing.strands-work', 'work waits that nobody could take any more', { queues });
  }
}

const byId = <T extends { readonly id: string }>(list: readonly T[]): Map<string, T> =>
  new Map(list.map((one) => [one.id, one]));

function resolve({ id, skills, rank }: AgentRouting, profile: Profile): AgentSettings {
  const { queues, capacity, interrupts } = profile;
  return { id, queues, skills, capacity, interrupts, rank };
}

const unknown = (what: 'queue' | 'skill' | 'profile' | 'hours', id: string): AppError => {
  const words = { queue: 'queue', skill: 'skill', profile: 'routing profile', hours: 'opening hours' };
  return new AppError(`${what}.unknown` satisfies ErrorCode, `no such ${words[what]}`, { [what]: id });
};

const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

const inUse = (message: string, by: Readonly<Record<string, readonly string[]>>): AppError =>
  new AppError('routing.in-use', message, by);

const builtIn = (): AppError =>
  new AppError('conflict', 'this queue is built in', { why: 'built-in', queue: DIRECT });

function parse<K extends Kind>(kind: K, input: unknown): Kinds[K] {
  const result = kinds[kind].safeParse(input);
  if (result.success) return result.data as Kinds[K];
  throw new AppError('bad-request', 'these settings cannot be used', {
    problems: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  });
}
