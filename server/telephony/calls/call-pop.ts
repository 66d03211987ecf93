import type { Pop } from '#shared/contract/interactions.ts';

/**
 * What agents see of the customer of one call.
 *
 *     known when the call began ----------+
 *     number alone --found out, or not--> known --chosen by an agent--> chosen, again and again
 *           +------------- chosen by an agent ------------------------->
 */
export class CallPop {
  #pop: Pop;
  #known: boolean;
  /** An agent said who it is: nothing that is found out later changes that. */
  #chosen = false;
  /** Choices so far; each is looked up when the one before has its place. */
  #choices: Promise<unknown> = Promise.resolve();

  /**
   * @param later of a call that begins with no more than a number; never rejects; undefined: it cannot be had
   * @param came told once `later` is in place
   */
  constructor(first: Pop, later: Promise<Pop | undefined> | undefined, came: () => void) {
    this.#pop = first;
    this.#known = later === undefined;
    void later?.then((pop) => {
      if (pop && !this.#chosen) this.#pop = pop;
      this.#known = true;
      came();
    });
  }

  get pop(): Pop {
    return this.#pop;
  }

  /** Nothing more is to be found out. */
  get known(): boolean {
    return this.#known;
  }

  /**
   * K18: choices take their places in the order asked, so that the last stays.
   * @param lookUp rejects for a choice that cannot be made: nothing changes, and this rejects too
   * @param chosen called with the choice in its place
   */
  choose<T>(lookUp: () => Promise<Pop>, chosen: (pop: Pop) => T): Promise<T> {
    const decide = async (): Promise<T> => {
      this.#pop = await lookUp();
      this.#chosen = true;
      return chosen(this.#pop);
    };
    const choice = this.#choices.then(decide, decide);
    this.#choices = choice;
    return choice;
  }
}
