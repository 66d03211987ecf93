/**
 * How text is cut into tokens for the full-text indices, and how what people type becomes a query over them.
 *
 * Trigrams find nothing shorter than three characters, and most Chinese names and words are shorter. So here each
 * character of a Chinese, Japanese or Korean run is a token (a run typed is found as a phrase, at any place), and each
 * other word or number is a token together with its endings, so that a prefix query finds it from the middle too.
 */

const IDEOGRAPHIC = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}';
const RUN = new RegExp(`([${IDEOGRAPHIC}]+)|(?:(?![${IDEOGRAPHIC}])[\\p{L}\\p{N}])+`, 'gu');
/** An ideograph among tokens, seen together with the one behind it. */
const NEIGHBOURS = new RegExp(`(?<=^| )([${IDEOGRAPHIC}])(?= ([${IDEOGRAPHIC}])(?: |$))`, 'gu');
const PHONE_LIKE = /^[+\d\s().\-/]+$/;
const LONGEST_WORD = 40;
const MOST_TERMS = 8;
const LONGEST_QUERY = 100;

/** One thing looked for. `phrase`: ideographs in a row; `prefix`: the start of a token; `token`: a whole token. */
export interface Term {
  readonly kind: 'phrase' | 'prefix' | 'token';
  readonly text: string;
}

/** One spelling for comparing: width, accents and case do not count, and spaces (and NUL, which no database takes) once. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s\0]+/gu, ' ')
    .trim();
}

/**
 * The tokens of a text, one space between them.
 * @param endings also the endings (two characters and more) of each word: for names and numbers, not for prose
 */
export function indexText(text: string, endings: boolean): string {
  const tokens: string[] = [];
  for (const [run, ideographs] of fold(text).matchAll(RUN)) {
    if (ideographs) tokens.push(...ideographs);
    else {
      const word = run.slice(0, LONGEST_WORD);
      tokens.push(word);
      if (endings) for (let i = 1; i <= word.length - 2; i++) tokens.push(word.slice(i));
    }
  }
  return tokens.join(' ');
}

/** What a full-text index is given of a text; each database takes what it can use. */
export interface IndexedText {
  /** Tokens by `indexText`, in the order of the text. */
  readonly text: string;
  /** Ideographs that stand side by side, two by two: PostgreSQL's index knows no places, so a run is found by its pairs. */
  readonly pairs: string;
}

/** @param text made by `indexText`, or several of them with a space between */
export function indexed(text: string): IndexedText {
  return { text, pairs: [...text.matchAll(NEIGHBOURS)].map(([, a, b]) => `${a}${b}`).join(' ') };
}

/** What was typed, as terms that must all be found. Empty when nothing in it can be looked for. */
export function parseSearch(typed: string): Term[] {
  const text = fold(typed.slice(0, LONGEST_QUERY));
  if (PHONE_LIKE.test(text)) {
    const digits = text.replace(/\D/g, '').replace(/^0+(?=\d{2})/, ''); // written with 00 or a trunk 0, kept as E.164
    return digits === '' ? [] : [{ kind: digits.length > 1 ? 'prefix' : 'token', text: digits }];
  }
  const terms: Term[] = [];
  for (const [run, ideographs] of text.matchAll(RUN)) {
    if (ideographs) terms.push({ kind: 'phrase', text: [...ideographs].join(' ') });
    else terms.push({ kind: run.length > 1 ? 'prefix' : 'token', text: run.slice(0, LONGEST_WORD) });
  }
  // A single letter beside other terms is a word half typed: it would hide what is meant.
  const useful = terms.filter((term) => term.kind !== 'token');
  return (useful.length > 0 ? useful : terms).slice(0, MOST_TERMS);
}

/** The terms in the FTS5 query language. Terms hold letters, digits and spaces only, so quoting is safe. */
export function ftsQuery(terms: readonly Term[]): string {
  return terms.map((term) => (term.kind === 'prefix' ? `"${term.text}"*` : `"${term.text}"`)).join(' AND ');
}

/**
 * The terms as a `tsquery` of PostgreSQL, over text and pairs of `indexed`: to be cast, never parsed by `to_tsquery`. A run of three
 * ideographs or more may also find a text that has its pairs apart.
 */
export function tsQuery(terms: readonly Term[]): string {
  return terms
    .flatMap(({ kind, text }) => {
      if (kind === 'prefix') return `${lexeme(text)}:*`;
      if (kind === 'token') return lexeme(text);
      const run = text.split(' ');
      return run.length === 1 ? lexeme(text) : run.slice(1).map((one, i) => lexeme(`${run[i]}${one}`));
    })
    .join(' & ');
}

const lexeme = (text: string): string => `'${text.replace(/['\\]/g, '$&$&')}'`;

/** Whether text made by `indexText` holds every term: the same answer as the index gives. */
export function matchesTerms(indexed: string, terms: readonly Term[]): boolean {
  const padded = ` ${indexed} `;
  return terms.every((term) => padded.includes(term.kind === 'prefix' ? ` ${term.text}` : ` ${term.text} `));
}
