import type { z } from 'zod';

/** What is wrong with one field: `admin.invalid.<key>` of the language files, with what its words need. */
export interface FieldProblem {
  readonly key:
    | 'required'
    | 'number'
    | 'whole'
    | 'min'
    | 'max'
    | 'minSeconds'
    | 'maxSeconds'
    | 'long'
    | 'many'
    | 'clock'
    | 'date'
    | 'timedWrapUp'
    | 'inOrder'
    | 'spanOrder'
    | 'zone'
    | 'queueOnce'
    | 'keyTaken'
    | 'other';
  readonly limit?: number;
  readonly name?: string;
}

/** By path, `retryMs.busy`, `relax.0.afterMs`. */
export type FieldProblems = ReadonlyMap<string, FieldProblem>;
export const noProblems: FieldProblems = new Map();

/** What the schema of the contract has against this draft; the first problem of each field. */
export function problemsOf(schema: z.ZodType, draft: unknown): FieldProblems {
  const parsed = schema.safeParse(draft);
  if (parsed.success) return noProblems;
  const found = new Map<string, FieldProblem>();
  for (const issue of parsed.error.issues) {
    const path = issue.path.join('.');
    if (!found.has(path)) found.set(path, problemOf(issue, path, draft));
  }
  return found;
}

type Issue = z.core.$ZodIssue;

function problemOf(issue: Issue, path: string, draft: unknown): FieldProblem {
  switch (issue.code) {
    case 'too_small':
    case 'too_big':
      return ofLimit(issue, path, draft);
    case 'invalid_type':
      return {
        key: issue.expected === 'number' ? 'number' : issue.expected === 'int' ? 'whole' : 'required',
      };
    case 'invalid_format':
      if (/\.(from|to)$/.test(path)) return { key: 'clock' };
      return { key: /(^|\.)date$/.test(path) ? 'date' : 'required' };
    case 'custom':
      return { key: ofRule(path) };
    default:
      return { key: 'other' };
  }
}

function ofLimit(
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  path: string,
  draft: unknown,
): FieldProblem {
  const least = issue.code === 'too_small';
  const limit = Number(least ? issue.minimum : issue.maximum);
  if (issue.origin === 'string') return least ? { key: 'required' } : { key: 'long', limit };
  if (issue.origin === 'array') return least ? { key: 'required' } : { key: 'many', limit };
  if (inMs(path, draft)) return { key: least ? 'minSeconds' : 'maxSeconds', limit: limit / 1_000 };
  return { key: least ? 'min' : 'max', limit };
}

/** Rules of shared/model/routing.ts that look at more than one value. */
function ofRule(path: string): FieldProblem['key'] {
  if (path === 'wrapUp.ms') return 'timedWrapUp';
  if (path === 'relax') return 'inOrder';
  if (path === 'zone') return 'zone';
  if (path === 'queues') return 'queueOnce';
  return /^(weekly|holidays)\./.test(path) ? 'spanOrder' : 'other';
}

/** Is this field stored in milliseconds and shown in seconds? */
export function inMs(path: string, draft: unknown): boolean {
  const rule = /^overflow\.(\d+)\.value$/.exec(path);
  if (rule !== null) return at(draft, `overflow.${rule[1]}.when`) !== 'length';
  return /(Ms|^wrapUp\.ms)$/.test(path) || /^(retryMs|tiersMs)\./.test(path);
}

function at(value: unknown, path: string): unknown {
  let here = value;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = new Map<string, unknown>(Object.entries(here)).get(key);
  }
  return here;
}

/** Seconds as typed, to ms; NaN for an empty or unreadable field, which no schema accepts. */
export const toMs = (seconds: number | string): number =>
  typeof seconds === 'number' ? Math.round(seconds * 1_000) : Number.NaN;

/** Do two values say the same? The order of keys does not matter, and NaN is like itself. */
export const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/**
 * An id for something new: its name in small letters, digits and hyphens, at most 40 characters; `kind` where the name
 * has none of these. A number is added while the id is taken. `direct` is the router's own.
 */
export function newId(kind: string, name: string, taken: readonly string[]): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  const base = slug === '' ? kind : slug;
  const free = (id: string) => id !== 'direct' && !taken.includes(id);
  if (free(base)) return base;
  let n = 2;
  while (!free(`${base}-${n}`)) n += 1;
  return `${base}-${n}`;
}

/** Moves the element at `from` to `to`; the same list when either is outside. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const one = list[from];
  if (one === undefined || to < 0 || to >= list.length) return list;
  const others = list.filter((_, i) => i !== from);
  return [...others.slice(0, to), one, ...others.slice(to)];
}

export const replaced = <T>(list: readonly T[], index: number, value: T): T[] =>
  list.map((one, i) => (i === index ? value : one));

export const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, i) => i !== index);

/** The same record without one key. */
export function omitted<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([k]) => k !== key));
}

export interface Sorting {
  readonly column: string;
  readonly down: boolean;
}

type Cell = string | number;

/** Rows whose text holds every word sought, sorted by one column; names in the viewer's alphabet, ties by name. */
export function listed<T>(
  rows: readonly T[],
  sought: string,
  sorting: Sorting,
  read: { readonly name: (row: T) => string; readonly cell: (row: T, column: string) => Cell },
  language: string,
): T[] {
  const words = sought.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const collator = new Intl.Collator(language, { numeric: true });
  const compare = (a: Cell, b: Cell) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  const sign = sorting.down ? -1 : 1;
  return rows
    .filter((row) => words.every((word) => read.name(row).toLocaleLowerCase().includes(word)))
    .sort(
      (a, b) =>
        sign * compare(read.cell(a, sorting.column), read.cell(b, sorting.column)) ||
        collator.compare(read.name(a), read.name(b)),
    );
}
