import type { z } from 'zod';
import { idSchema } from '#shared/model/ids.ts';

type Issue = z.core.$ZodRawIssue;

const ID_PATTERN = patternOf(idSchema);

/** What a value of each type is called by somebody who fills in a form. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'must be a whole number',
  number: 'must be a number',
  string: 'must be text',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a group of fields',
  record: 'must be a group of fields',
};
const FORMATS: Readonly<Record<string, string>> = {
  email: 'is not a mail address',
  date: 'is not a date such as 2027-12-31',
};

/**
 * What is wrong with one value, in words that follow its field's name ("offerMs: must be at least 1000"). Undefined
 * where the library's own words must do; a schema's own words come before these.
 */
export function words(issue: Issue): string | undefined {
  const missing = issue.input === undefined;
  if (missing && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? 'is not of the right kind';
    case 'too_small':
      return limit('at least', issue.origin, Number(issue.minimum), issue.inclusive !== false);
    case 'too_big':
      return limit('at most', issue.origin, Number(issue.maximum), issue.inclusive !== false);
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      if (issue.pattern === ID_PATTERN)
        return 'is not an id: letters, digits and . _ : - are allowed, a letter or digit first';
      return FORMATS[issue.format] ?? 'is not written as it must be';
    case 'invalid_union':
      return 'is none of the kinds known here';
    case 'unrecognized_keys':
      return `knows no ${issue.keys.join(', ')}`;
    case 'invalid_key':
      return 'is not an id';
    default:
      return undefined;
  }
}

function limit(which: 'at least' | 'at most', origin: string, bound: number, inclusive: boolean): string {
  if (origin === 'string')
    return which === 'at least' && bound === 1
      ? 'must not be empty'
      : `must have ${which} ${count(bound, 'character')}`;
  if (origin === 'array' || origin === 'set') return `must have ${which} ${count(bound, 'entry', 'entries')}`;
  if (inclusive) return `must be ${which} ${bound}`;
  return which === 'at least' ? `must be more than ${bound}` : `must be less than ${bound}`;
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** The pattern of a schema as its issues name it. */
function patternOf(schema: z.ZodType): string | undefined {
  const issue = schema.safeParse('!').error?.issues[0];
  return issue?.code === 'invalid_format' ? issue.pattern : undefined;
}
