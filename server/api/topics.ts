import type { CommandTable, OwnTopic, SharedTopic, Topic } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { parseOutput } from './problems.ts';
import type { GatewayDeps } from './types.ts';

/** As much of a socket as a topic needs. */
interface Listener {
  readonly connected: boolean;
  emit(event: string, message: unknown): unknown;
}

interface Watched<L> {
  readonly topic: SharedTopic;
  readonly watching: Set<L>;
  /** quiet --changed--> (sent at the end of this turn) sent --everyMs--> quiet, or sent again if it changed meanwhile */
  state: 'quiet' | 'sent' | 'waiting';
}

/**
 * Who is sent which topic, and when. Each message carries `epoch` (this server's run), `rev` (grows by one with each
 * message of a topic to a user) and `now`: a client that keeps the highest is always right.
 */
export class Topics<L extends Listener> {
  readonly #deps: Pick<GatewayDeps, 'kernel' | 'people' | 'topics'>;
  readonly #byUser: ReadonlyMap<string, ReadonlySet<L>>;
  readonly #epoch: string;
  readonly #own: readonly OwnTopic[];
  readonly #shared = new Map<string, Watched<L>>();
  readonly #byName: ReadonlyMap<string, Topic>;
  readonly #revs = new Map<string, number>();
  /** Own topics to be pushed at the end of this turn: users by topic. */
  readonly #dirty = new Map<string, Set<string>>();
  #flushing = false;
  #closed = false;

  constructor(
    deps: Pick<GatewayDeps, 'kernel' | 'people' | 'topics'>,
    byUser: ReadonlyMap<string, ReadonlySet<L>>,
  ) {
    this.#deps = deps;
    this.#byUser = byUser;
    this.#epoch = deps.kernel.ids.next('epoch');
    this.#own = deps.topics.filter((topic) => topic.kind === 'own');
    this.#byName = new Map(deps.topics.map((topic) => [topic.name, topic]));
    for (const topic of deps.topics)
      if (topic.kind === 'shared')
        this.#shared.set(topic.name, { topic, watching: new Set(), state: 'quiet' });
  }

  /** A socket of this user is there: it gets what is the user's own. */
  joined(userId: string, socket: L): void {
    for (const topic of this.#own) this.#sendOwn(topic, userId, [socket]);
  }

  left(socket: L): void {
    for (const { watching } of this.#shared.values()) watching.delete(socket);
  }

  /** `<name>.watch` for each shared topic. */
  commands(socket: L): CommandTable {
    const watch = [...this.#shared.values()].map((watched) => [
      `${watched.topic.name}.watch`,
      (principal: Parameters<NonNullable<CommandTable['board.watch']>>[0], { on }: { on: boolean }) => {
        this.#deps.people.authorize(principal, watched.topic.permission);
        if (on && socket.connected) {
          watched.watching.add(socket);
          this.#send(watched.topic, watched.topic.name, watched.topic.of(), [socket]);
        } else watched.watching.delete(socket);
        return {};
      },
    ]);
    return Object.fromEntries(watch) as CommandTable;
  }

  changed(name: string, userId?: string): void {
    const shared = this.#shared.get(name);
    if (shared) this.#sharedChanged(shared);
    if (shared || userId === undefined || !this.#byUser.has(userId)) return;
    const users = this.#dirty.get(name);
    if (users) users.add(userId);
    else this.#dirty.set(name, new Set([userId]));
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      for (const [topic, ids] of this.#dirty) for (const id of [...ids]) this.push(topic, id);
    });
  }

  changedForAll(name: string): void {
    const shared = this.#shared.get(name);
    if (shared) this.#sharedChanged(shared);
    else for (const userId of this.#byUser.keys()) this.changed(name, userId);
  }

  push(name: string, userId: string): void {
    this.#dirty.get(name)?.delete(userId);
    const topic = this.#byName.get(name);
    const sockets = this.#byUser.get(userId);
    if (!sockets) return;
    if (topic?.kind !== 'own') throw new AppError('internal', 'there is no such topic of a user', { name });
    this.#sendOwn(topic, userId, sockets);
  }

  close(): void {
    this.#closed = true;
  }

  #sendOwn(topic: OwnTopic, userId: string, sockets: Iterable<L>): void {
    try {
      const view = topic.of(userId);
      if (view) this.#send(topic, `${topic.name} ${userId}`, view, sockets);
    } catch (error) {
      this.#deps.kernel.log.error({ err: error, topic: topic.name, userId }, 'a topic could not be sent');
    }
  }

  #sharedChanged(watched: Watched<L>): void {
    if (watched.state === 'sent') watched.state = 'waiting';
    if (watched.state !== 'quiet' || watched.watching.size === 0) return;
    watched.state = 'waiting';
    setImmediate(() => this.#sharedTurn(watched));
  }

  #sharedTurn(watched: Watched<L>): void {
    const { topic, watching } = watched;
    if (watching.size === 0 || this.#closed) {
      watched.state = 'quiet';
      return;
    }
    watched.state = 'sent';
    try {
      this.#send(topic, topic.name, topic.of(), watching);
    } catch (error) {
      this.#deps.kernel.log.error({ err: error, topic: topic.name }, 'a topic could not be sent');
    }
    this.#deps.kernel.clock.after(topic.everyMs, () => {
      if (watched.state === 'waiting') this.#sharedTurn(watched);
      else watched.state = 'quiet';
    });
  }

  /** @param key whose revision grows */
  #send(topic: Topic, key: string, view: object, sockets: Iterable<L>): void {
    const rev = (this.#revs.get(key) ?? 0) + 1;
    const now = this.#deps.kernel.clock.now();
    const message = parseOutput(topic.schema, { ...view, rev, epoch: this.#epoch, now }, topic.name);
    this.#revs.set(key, rev);
    for (const socket of sockets) socket.emit(topic.name, message);
  }
}
