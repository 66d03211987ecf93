import type { z } from 'zod';
import { customersFacts } from './customers.ts';
import { type FactDeclaration, factReader } from './declare.ts';
import { interactionsFacts } from './interactions.ts';
import { ivrFacts } from './ivr.ts';
import { kernelFacts } from './kernel.ts';
import { peopleFacts } from './people.ts';
import { routingFacts } from './routing.ts';
import { telephonyFacts } from './telephony.ts';

export type { Decoded, FactDeclaration } from './declare.ts';
export {
  customersFacts,
  interactionsFacts,
  ivrFacts,
  kernelFacts,
  peopleFacts,
  routingFacts,
  telephonyFacts,
};

/** Every fact the journal can hold, declared by the rooms that tell it. */
export const factDeclarations = [
  ...kernelFacts,
  ...peopleFacts,
  ...customersFacts,
  ...interactionsFacts,
  ...routingFacts,
  ...telephonyFacts,
  ...ivrFacts,
] as const satisfies readonly FactDeclaration[];

export type Fact = z.infer<(typeof factDeclarations)[number]['schema']>;
export type FactType = Fact['type'];
export type FactOf<T extends FactType> = Extract<Fact, { type: T }>;

/** A fact with its place in the journal. */
export type Recorded<F extends Fact = Fact> = F & { readonly seq: number; readonly at: number };

/** Reads a stored fact of any known version. */
export const readFact = factReader<Fact>(factDeclarations);

/** The version each fact is written in. */
export const factVersions: ReadonlyMap<string, number> = new Map(
  factDeclarations.map(({ type, version }) => [type, version]),
);
