import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { ErrorCode } from '#shared/contract/index.ts';
import type { Recorded } from '#shared/model/facts/index.ts';
import {
  type AgentRouting,
  type Hours,
  type Profile,
  profileDefaults,
  type QueueSettings,
  type Skill,
} from '#shared/model/routing.ts';
import type { RoutingEvent } from './events.core.ts';
import type { RoutingCore } from './routing.core.ts';
import { type Kind, type Kinds, kinds, removeOp, type Settings, saveOp } from './routing.store.ts';
import { DIRECT } from './settings.core.ts';
import type { Serving } from './stranded.core.ts';
import type { AgentSettings, Forced } from './types.ts';

type Reason = Kinds['reason'];

/** Whom a change is put down to when nobody asked for it. */
export const SYSTEM = 'system';

/**
 * What administrators set. One change at a time, from its check to its effect:
 *
 *   set      checked --> its fact and its setting stored together --> in force --> done
 *   removed  checked --> let go of --> its fact stored, its setting deleted ------> done
 *
 * So what is refused changes nothing, nothing is in force that a restart would not bring back, and a database that does
 * not answer makes whoever changes something wait, not the calls.
 */
export class Administration {
  readonly #kernel: Kernel;
  readonly #core: RoutingCore;
  /** Puts a setting in force. Throws what the core refuses. */
  readonly #command: (event: RoutingEvent) => void;
  readonly #settings: Omit<Settings, 'queue'>;
  /** The change before; never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param settings kept, and changed with what is set from now on; queues are the core's */
  constructor(kernel: Kernel, settings: Settings, core: RoutingCore, command: (event: RoutingEvent) => void) {
    this.#kernel = kernel;
    this.#settings = settings;
    this.#core = core;
    this.#command = command;
  }

  skills = (): Skill[] => [...this.#settings.skill.values()];
  hours = (): Hours[] => [...this.#settings.hours.values()];
  profiles = (): Profile[] => [...this.#settings.profile.values()];
  agent = (agentId: string): AgentRouting | undefined => this.#settings.agent.get(agentId);
  reasons = (): Reason[] => [...this.#settings.reason.values()];
  hasReason = (reasonId: string): boolean => this.#settings.reason.has(reasonId);
  /** Everybody who takes work, those whose settings cannot be read too. */
  agentIds = (): string[] => [...this.#settings.agent.keys(), ...this.#settings.unread];

  /**
   * What the core is to know of this agent; undefined for somebody who takes no work. One whose settings or profile
   * cannot be read serves no queue.
   */
  settingsOf(agentId: string): AgentSettings | undefined {
    const agent = this.#settings.agent.get(agentId);
    if (!agent)
      return this.#settings.unread.has(agentId)
        ? { id: agentId, queues: [], skills: {}, rank: 1, ...ordinary }
        : undefined;
    const profile = this.#settings.profile.get(agent.profileId);
    return profile
      ? resolve(agent, profile)
      : { id: agentId, queues: [], skills: agent.skills, rank: agent.rank, ...ordinary };
  }

  /** At the start: these queues there are; profiles let go of others, which could not be read. */
  thereAre(queues: ReadonlySet<string>): void {
    for (const profile of this.#settings.profile.values()) {
      const known = profile.queues.filter(({ queueId }) => queues.has(queueId));
      if (known.length === profile.queues.length) continue;
      this.#kernel.log.error({ profile: profile.id }, 'this profile serves queues that are gone');
      this.#settings.profile.set(profile.id, { ...profile, queues: known });
    }
  }

  /** Makes a queue that was not asked for; the caller puts it in force. Stored with the next commit. */
  make(queue: QueueSettings): void {
    this.#set('queue', null, queue, SYSTEM);
  }

  setQueue(input: QueueSettings, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const queue = parse('queue', input);
      if (queue.id === DIRECT) throw builtIn();
      this.#knowSkills([...Object.keys(queue.skills), ...queue.relax.flatMap((step) => step.drop)]);
      if (queue.hours !== null && !this.#settings.hours.has(queue.hours)) throw unknown('hours', queue.hours);
      for (const { to } of queue.overflow)
        if (to.kind === 'queue' && to.queueId !== queue.id) this.#knowQueue(to.queueId);
      await this.#stored(this.#set('queue', this.#core.queueSettings(queue.id), queue, by));
      this.#command({ type: 'queue.set', queue });
    });
  }

  removeQueue(queueId: string, by: string): Promise<void> {
    return this.#inTurn(async () => {
      if (queueId === DIRECT) throw builtIn();
      this.#knowQueue(queueId);
      const users = this.#core
        .allQueueSettings()
        .filter(
          ({ id, overflow }) =>
            id !== queueId && overflow.some(({ to }) => to.kind === 'queue' && to.queueId === queueId),
        );
      if (users.length > 0) throw inUse('another queue overflows to this one', { queues: ids(users) });
      const before = this.#core.queueSettings(queueId);
      this.#command({ type: 'queue.removed', queueId });
      let last = this.#removed('queue', queueId, before, by);
      for (const profile of this.profiles()) {
        const queues = profile.queues.filter((serves) => serves.queueId !== queueId);
        if (queues.length === profile.queues.length) continue;
        const left = { ...profile, queues };
        this.#settings.profile.set(profile.id, left);
        last = this.#set('profile', profile, left, by);
      }
      await this.#stored(last);
    });
  }

  setSkill(input: Skill, by: string): Promise<void> {
    return this.#inTurn(() => this.#keep('skill', this.#settings.skill, parse('skill', input), by));
  }

  removeSkill(skillId: string, by: string): Promise<void> {
    return this.#inTurn(() => {
      if (!this.#settings.skill.has(skillId)) throw unknown('skill', skillId);
      const agents = [...this.#settings.agent.values()].filter(({ skills }) =>
        Object.hasOwn(skills, skillId),
      );
      if (agents.length > 0) throw inUse('an agent has this skill', { agents: ids(agents) });
      const queues = this.#core
        .allQueueSettings()
        .filter(
          ({ skills, relax }) =>
            Object.hasOwn(skills, skillId) || relax.some(({ drop }) => drop.includes(skillId)),
        );
      if (queues.length > 0) throw inUse('a queue asks for this skill', { queues: ids(queues) });
      return this.#letGo('skill', this.#settings.skill, skillId, by);
    });
  }

  setHours(input: Hours, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const hours = parse('hours', input);
      await this.#keep('hours', this.#settings.hours, hours, by);
      this.#command({ type: 'hours.set', hours });
    });
  }

  removeHours(hoursId: string, by: string): Promise<void> {
    return this.#inTurn(() => {
      if (!this.#settings.hours.has(hoursId)) throw unknown('hours', hoursId);
      const users = this.#core.allQueueSettings().filter(({ hours }) => hours === hoursId);
      if (users.length > 0) throw inUse('a queue has these opening hours', { queues: ids(users) });
      this.#command({ type: 'hours.removed', hoursId });
      return this.#letGo('hours', this.#settings.hours, hoursId, by);
    });
  }

  setProfile(input: Profile, { force = false }: Forced, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const profile = parse('profile', input);
      for (const { queueId } of profile.queues) this.#knowQueue(queueId);
      const users = [...this.#settings.agent.values()].filter(({ profileId }) => profileId === profile.id);
      if (!force) this.#refuseStranding(new Map(users.map((user) => [user.id, resolve(user, profile)])));
      await this.#keep('profile', this.#settings.profile, profile, by);
      for (const user of users) this.#command({ type: 'agent.set', agent: resolve(user, profile) });
    });
  }

  removeProfile(profileId: string, by: string): Promise<void> {
    return this.#inTurn(() => {
      if (!this.#settings.profile.has(profileId)) throw unknown('profile', profileId);
      const agents = [...this.#settings.agent.values()].filter((one) => one.profileId === profileId);
      if (agents.length > 0) throw inUse('an agent has this profile', { agents: ids(agents) });
      return this.#letGo('profile', this.#settings.profile, profileId, by);
    });
  }

  /** All of them in one commit. */
  setAgents(inputs: readonly AgentRouting[], { force = false }: Forced, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const agents = inputs.map((input) => this.#checkedAgent(input));
      if (!force) this.#refuseStranding(new Map(agents.map(({ resolved }) => [resolved.id, resolved])));
      let last: Recorded | undefined;
      for (const { routing } of agents)
        last = this.#set('agent', this.#settings.agent.get(routing.id), routing, by);
      if (last) await this.#stored(last);
      for (const { routing, resolved } of agents) {
        this.#settings.agent.set(routing.id, routing);
        this.#settings.unread.delete(routing.id);
        this.#command({ type: 'agent.set', agent: resolved });
      }
    });
  }

  #checkedAgent(input: AgentRouting): { readonly routing: AgentRouting; readonly resolved: AgentSettings } {
    const routing = parse('agent', input);
    const profile = this.#settings.profile.get(routing.profileId);
    if (!profile) throw unknown('profile', routing.profileId);
    this.#knowSkills(Object.keys(routing.skills));
    return { routing, resolved: resolve(routing, profile) };
  }

  removeAgent(agentId: string, { force = false }: Forced, by: string): Promise<void> {
    return this.#inTurn(() => {
      if (!this.#settings.agent.has(agentId) && !this.#settings.unread.has(agentId))
        throw new AppError('not-found', 'no such agent', { agent: agentId });
      if (!force) this.#refuseStranding(new Map([[agentId, { queues: [], skills: {} }]]));
      this.#command({ type: 'agent.removed', agentId });
      this.#settings.unread.delete(agentId);
      return this.#letGo('agent', this.#settings.agent, agentId, by);
    });
  }

  setReason(input: Reason, by: string): Promise<void> {
    return this.#inTurn(() => this.#keep('reason', this.#settings.reason, parse('reason', input), by));
  }

  removeReason(reasonId: string, by: string): Promise<void> {
    return this.#inTurn(() => {
      if (!this.#settings.reason.has(reasonId))
        throw new AppError('not-found', 'no such reason', { reason: reasonId });
      return this.#letGo('reason', this.#settings.reason, reasonId, by);
    });
  }

  // ---- how a change is made

  /** After the one before: of two administrators neither comes between the other's check and its effect. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Stored first, then known. */
  async #keep<K extends Kind>(
    kind: K,
    known: Map<string, Kinds[K]>,
    setting: Kinds[K],
    by: string,
  ): Promise<void> {
    await this.#stored(this.#set(kind, known.get(setting.id), setting, by));
    known.set(setting.id, setting);
  }

  async #letGo<K extends Kind>(kind: K, known: Map<string, Kinds[K]>, id: string, by: string): Promise<void> {
    const before = known.get(id);
    known.delete(id);
    await this.#stored(this.#removed(kind, id, before, by));
  }

  /** Writes down that this is set, and sets it in the same commit. */
  #set<K extends Kind>(kind: K, before: Kinds[K] | null | undefined, after: Kinds[K], by: string): Recorded {
    const change = { what: kind, subject: after.id, change: 'set', before: before ?? null, after } as const;
    return this.#kernel.journal.append({ type: 'routing.changed', by, ...change }, [saveOp(kind, after)]);
  }

  #removed(kind: Kind, subject: string, before: unknown, by: string): Recorded {
    const change = { what: kind, subject, change: 'removed', before: before ?? null, after: null } as const;
    return this.#kernel.journal.append({ type: 'routing.changed', by, ...change }, [removeOp(kind, subject)]);
  }

  #stored(fact: Recorded): Promise<void> {
    return this.#kernel.journal.stored(fact);
  }

  #knowQueue(id: string): void {
    if (id === DIRECT || !this.#core.queueSettings(id)) throw unknown('queue', id);
  }

  #knowSkills(skillIds: readonly string[]): void {
    const missing = skillIds.find((id) => !this.#settings.skill.has(id));
    if (missing !== undefined) throw unknown('skill', missing);
  }

  /** R30 @param serving what these agents would serve, and with which skills */
  #refuseStranding(serving: ReadonlyMap<string, Serving>): void {
    const queues = this.#core.strandedBy(serving, this.#kernel.clock.now());
    if (queues.length > 0)
      throw new AppError('routing.strands-work', 'work waits that nobody could take any more', { queues });
  }
}

function resolve({ id, skills, rank }: AgentRouting, profile: Profile): AgentSettings {
  const { queues, capacity, interrupts } = profile;
  return { id, queues, skills, capacity, interrupts, rank };
}

/** What an agent may have in hand whose profile is not known. */
const ordinary = {
  capacity: profileDefaults.capacity,
  interrupts: Object.fromEntries(
    Object.entries(profileDefaults.interrupts).map(([channel, over]) => [channel, [...over]]),
  ),
};

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
