import type { Kernel } from './kernel/index.ts';
import type { People } from './people/index.ts';
import type { RoutingService } from './routing/index.ts';
import type { CallsService } from './telephony/calls/index.ts';
import type { BoundSipServer, RegistrarEvents } from './telephony/sip/index.ts';

type Binding = Parameters<RegistrarEvents['onRegistered']>[1];

/** Phones that come and go: facts, and whether routing may offer calls. Calls and SIP are connected once they are built. */
export class Phones implements RegistrarEvents {
  calls: CallsService | undefined;
  sip: BoundSipServer | undefined;
  readonly #kernel: Kernel;
  readonly #people: People;
  readonly #routing: RoutingService;

  constructor(kernel: Kernel, people: People, routing: RoutingService) {
    this.#kernel = kernel;
    this.#people = people;
    this.#routing = routing;
  }

  /** Phones of this user that can be rung: registered ones, and a fixed one. */
  count(userId: string): number {
    const username = this.#people.user(userId)?.username;
    if (!username) return 0;
    return (this.sip?.bindings(username).length ?? 0) + (this.#people.fixedUri(userId) ? 1 : 0);
  }

  /** A fixed phone was set or removed, or this user takes work from now on. */
  deviceChanged(userId: string): void {
    if (this.#routing.agent(userId)) this.#routing.setReachable(userId, this.count(userId) > 0);
  }

  onRegistered(aor: string, { instance: device, transport }: Binding): void {
    const agentId = this.#people.userByName(aor)?.id;
    if (!agentId) return;
    this.#kernel.journal.append({ type: 'phone.registered', agentId, device, transport });
    if (this.#routing.agent(agentId)) this.#routing.setReachable(agentId, true);
    this.calls?.phoneRegistered(agentId);
  }

  onUnregistered(aor: string, { instance: device }: Binding, reason: string): void {
    const agentId = this.#people.userByName(aor)?.id;
    if (!agentId) return;
    this.#kernel.journal.append({ type: 'phone.unregistered', agentId, device, reason });
    if (this.#routing.agent(agentId) && this.calls?.hasPhone(agentId) === false)
      this.#routing.setReachable(agentId, false);
  }
}
