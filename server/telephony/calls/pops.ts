import type { Customers } from '#server/customers/index.ts';
import { buildPop, type PopSources } from '#server/interactions/index.ts';
import type { Kernel } from '#server/kernel/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import type { Pop } from '#shared/contract/interactions.ts';

/** K15: how long a caller waits for the database to say who it is, in ms. */
const LOOK_UP_MS = 250;

/** What agents see of who calls. Read from the database, so nothing that must happen now waits for it unbounded. */
export class Pops {
  readonly #sources: PopSources & { readonly customers: Pick<Customers, 'match'> };
  readonly #kernel: Pick<Kernel, 'clock' | 'log'>;

  constructor(
    sources: PopSources & { readonly customers: Pick<Customers, 'match'> },
    kernel: Pick<Kernel, 'clock' | 'log'>,
  ) {
    this.#sources = sources;
    this.#kernel = kernel;
  }

  /** K15: of somebody who calls now. Never rejects, and resolves within 250 ms: then as if nothing matched. */
  ofCaller(number: string): Promise<Pop> {
    const { clock, log } = this.#kernel;
    return new Promise((resolve) => {
      const timer = clock.after(LOOK_UP_MS, () => {
        log.warn({ ms: LOOK_UP_MS }, 'a caller was not looked up in time: the call goes on as nobody known');
        resolve(unknownCaller(number));
      });
      this.of(number, null).then(
        (pop) => {
          timer.cancel();
          resolve(pop);
        },
        (error: unknown) => {
          timer.cancel();
          log.warn({ err: error }, 'a caller cannot be looked up: the call goes on as nobody known');
          resolve(unknownCaller(number));
        },
      );
    });
  }

  /**
   * Of this number, about a customer who is known from before; null: about whom the number tells.
   * Rejects when the database does not answer.
   */
  async of(number: string, customerId: string | null): Promise<Pop> {
    const match = await this.#sources.customers.match(number);
    return buildPop(this.#sources, { ...match, customerId: customerId ?? match.customerId }, number);
  }

  /** About the customer an agent chose; null: about none. Rejects with `not-found`, or as the database does. */
  async chosen(number: string, customerId: string | null): Promise<Pop> {
    const pop = await buildPop(this.#sources, customerId, number);
    if (customerId !== null && !pop.customer) throw new AppError('not-found', 'There is no such customer.');
    return pop;
  }
}

/** What is known of a caller before, or without, the database. */
export function unknownCaller(number: string): Pop {
  return {
    number,
    customer: null,
    reason: number === '' ? 'anonymous' : 'no-match',
    candidates: [],
    openCases: [],
    openComplaint: false,
    recent: [],
  };
}
