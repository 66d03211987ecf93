import { z } from 'zod';

/**
 * One kind of fact. Facts are never changed; their form may be: a new form gets the next version, and an upcaster says
 * for each older one how it is read as the following.
 */
export interface FactDeclaration<T extends string = string, S extends z.ZodObject = z.ZodObject> {
  readonly type: T;
  readonly schema: S;
  /** From 1. */
  readonly version: number;
  /** `upcast[n]` turns the data of version n into that of version n + 1. */
  readonly upcast: Readonly<
    Record<number, (data: Readonly<Record<string, unknown>>) => Record<string, unknown>>
  >;
}

/**
 * Declares a fact. It says what happened, in the past tense, once. `interactionId` is given wherever it belongs to one
 * contact, `agentId` wherever it belongs to one agent: projections and desks find their facts by these two.
 *
 * A fact carries ids and codes, never people's words: numbers, names, notes and answers stand in tables that can be
 * erased (`Journal.append` stores them in the same commit).
 */
export function fact<T extends string, S extends z.ZodRawShape>(
  type: T,
  shape: S,
  history: Pick<FactDeclaration, 'upcast'> = { upcast: {} },
): FactDeclaration<T, z.ZodObject<{ type: z.ZodLiteral<T> } & S>> {
  const schema = z.object({ type: z.literal(type), ...shape }) as z.ZodObject<{ type: z.ZodLiteral<T> } & S>;
  return { type, schema, version: Object.keys(history.upcast).length + 1, upcast: history.upcast };
}

/** What became of a stored fact. */
export type Decoded<F> =
  | { readonly ok: true; readonly fact: F }
  /** A type or version this program does not know, or data that is damaged. */
  | { readonly ok: false; readonly problem: 'unknown-type' | 'newer-version' | 'damaged' };

/** Reads stored facts of any known version. Total: whatever lies in the table, it answers. */
export function factReader<F>(declarations: readonly FactDeclaration[]) {
  const byType = new Map(declarations.map((one) => [one.type, one]));
  if (byType.size !== declarations.length) throw new Error('a fact is declared twice');
  return (type: string, version: number, data: string): Decoded<F> => {
    const declaration = byType.get(type);
    if (!declaration) return { ok: false, problem: 'unknown-type' };
    if (version > declaration.version) return { ok: false, problem: 'newer-version' };
    let read: Record<string, unknown>;
    try {
      read = JSON.parse(data) as Record<string, unknown>;
      for (let from = version; from < declaration.version; from++)
        read = declaration.upcast[from]?.(read) ?? read;
    } catch {
      return { ok: false, problem: 'damaged' };
    }
    const parsed = declaration.schema.safeParse({ ...read, type });
    return parsed.success ? { ok: true, fact: parsed.data as F } : { ok: false, problem: 'damaged' };
  };
}
