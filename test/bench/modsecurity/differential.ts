// Where our engine and libmodsecurity3 log different rules for the same requests, and why. A reason is proven where that
// can be done: our rules are rewritten so that they say what the other engine makes of them, and the difference must be
// gone. What cannot be written as a rule is told by a predicate as narrow as its cause. What is left is unexplained.

import type { AskedRequest } from './library.ts';

export interface Difference {
  readonly request: AskedRequest;
  readonly id: number;
  readonly side: 'ours' | 'theirs'; // who alone logs it
}

export interface Reason {
  readonly title: string;
  /** Which differences it may be the reason of. Without a rewriting it is the reason of all of them. */
  readonly concerns: (difference: Difference) => boolean;
  /** Makes of our rules what the other engine reads in them. */
  readonly rewrite?: (text: string) => string;
}

const reportingId = 980170; // tells the scores of each request that has any

const bodyOf = ({ body }: AskedRequest): string => body ?? '';
const typeOf = ({ headers }: AskedRequest): string =>
  headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
const only = (side: Difference['side'], ids: readonly number[], about: (request: AskedRequest) => boolean) => {
  return (one: Difference): boolean => one.side === side && ids.includes(one.id) && about(one.request);
};

export const reasons: readonly Reason[] = [
  {
    concerns: ({ id, side, request }) => side === 'theirs' && !isSum(id) && bodyOf(request) !== '',
    title: 'REQUEST_BODY is there for every body; in 2.9, and here, for forms and where it is forced',
    rewrite: (text) => text.replaceAll(/(?<![A-Z_])REQUEST_BODY(?=[| ])/g, 'STREAM_INPUT_BODY'),
  },
  {
    concerns: ({ id, side }) => side === 'theirs' && !isSum(id),
    title: '`^` and `$` also match at line breaks (PCRE_MULTILINE); in 2.9, and here, at the ends alone',
    rewrite: (text) => text.replaceAll(/"(!?)@rx /g, '"$1@rx (?m)'),
  },
  {
    title: '`noauditlog` also keeps a rule out of the error log; in 2.9, and here, only out of the audit log',
    concerns: ({ id, side }) => side === 'ours' && id === reportingId,
  },
  {
    concerns: only('theirs', [922110], () => true),
    title: 'MULTIPART_PART_HEADERS has the line break of each header; in 2.9, and here, it has not',
    rewrite: (text) => text.replaceAll('content_counter}=%{tx.1}', 'content_counter}=%{tx.1}\r'),
  },
  {
    title: 'A chain with multiMatch logs although its second rule did not match',
    concerns: only('theirs', [942131], () => true),
  },
  {
    title: 'MATCHED_VARS is emptied by each value that does not match; in 2.9, and here, a chain collects them',
    concerns: only('ours', [942440], (request) => bodyOf(request).includes('--')),
  },
  {
    title: '@pm loses a phrase that begins inside another (`.env` in `secrets.env` beside `secrets.json`)',
    concerns: only('ours', [930130], ({ target }) => target.includes('secrets.env')),
  },
  {
    title: 'A target of scheme and host alone stays whole in REQUEST_FILENAME; Apache makes `/` of it, and so do we',
    concerns: only('theirs', [931131, 934110], ({ target }) => /^http:\/\/[^/]*$/.test(target)),
  },
  {
    title: 'XML of no bytes is an error; in 2.9, and here, it is none',
    concerns: only('theirs', [200002], (request) => bodyOf(request) === '' && typeOf(request).includes('xml')),
  },
  {
    title: 'A part without a name is an error; in 2.9, and here, it is none',
    concerns: only('theirs', [200002, 200003], (request) => bodyOf(request).includes('name=""')),
  },
  {
    title: 'MULTIPART_STRICT_ERROR leaves out errors of the parser; the manual, 2.9 and we count them in',
    concerns: only('ours', [200003], (request) => typeOf(request).startsWith('multipart/form-data')),
  },
];

/** Where the thresholds are compared: a rule that differs can make them differ too. */
export const isSum = (id: number): boolean => id === 949110 || id === 949111 || id === 959100 || id === 959101;

export function differencesOf(
  request: AskedRequest,
  ours: ReadonlySet<number>,
  theirs: ReadonlySet<number>,
): readonly Difference[] {
  return [
    ...[...ours.difference(theirs)].map((id) => ({ request, id, side: 'ours' as const })),
    ...[...theirs.difference(ours)].map((id) => ({ request, id, side: 'theirs' as const })),
  ];
}

export const keyOf = ({ request, id, side }: Difference): string => `${request.name} ${id} ${side}`;

export interface Explained {
  readonly title: string;
  readonly ids: readonly number[];
  readonly requests: number;
  readonly differences: number;
  readonly isProven: boolean; // by rewritten rules
}

export interface Comparison {
  readonly requests: number;
  readonly equal: number;
  readonly nearlyEqual: number; // but for the rule that reports scores
  readonly explained: readonly Explained[];
  readonly unexplained: readonly Difference[];
}

export interface Rewritten {
  readonly reason: Reason;
  readonly left: ReadonlySet<string>; // keys of the differences that are still there with the rewritten rules
}

/** The first reason that holds takes a difference. Sums come last: they follow from the others of their request. */
export function explain(
  requests: number,
  differences: readonly Difference[],
  rewritten: readonly Rewritten[],
): Comparison {
  const left = new Set(differences);
  const explained: Explained[] = [];
  const take = (title: string, isProven: boolean, covers: (one: Difference) => boolean): void => {
    const taken = [...left].filter(covers);
    for (const one of taken) left.delete(one);
    const ids = [...new Set(taken.map(({ id }) => id))].sort((one, other) => one - other);
    const names = new Set(taken.map(({ request }) => request.name));
    explained.push({ title, ids, requests: names.size, differences: taken.length, isProven });
  };
  for (const reason of reasons) {
    const still = rewritten.find((one) => one.reason === reason)?.left;
    const isGone = (one: Difference): boolean => still === undefined || !still.has(keyOf(one));
    take(reason.title, still !== undefined, (one) => reason.concerns(one) && isGone(one));
  }
  const differing = new Set(differences.filter(({ id }) => !isSum(id)).map(({ request }) => request.name));
  take('The score follows from the rules above', false, ({ id, request }) => isSum(id) && differing.has(request.name));
  const equalBut = (some: readonly Difference[]): number =>
    requests - new Set(some.map(({ request }) => request.name)).size;
  const equal = equalBut(differences);
  const nearlyEqual = equalBut(differences.filter(({ id }) => id !== reportingId));
  return { requests, equal, nearlyEqual, explained, unexplained: [...left] };
}

export function tableOf({ requests, equal, nearlyEqual, explained, unexplained }: Comparison): string {
  const lines = explained.map(
    ({ title, ids, requests: count, differences, isProven }) =>
      `| ${title} | ${idsText(ids)} | ${count} | ${differences} | ${isProven ? 'yes' : ''} |`,
  );
  return [
    '| what libmodsecurity3 does | rules | requests | differences | gone with rewritten rules |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    `${requests} requests; the same rules for ${equal}, and for ${nearlyEqual} but for ${reportingId}; ${unexplained.length} differences without a reason.`,
    '',
  ].join('\n');
}

const idsText = (ids: readonly number[]): string =>
  ids.length <= 6 ? ids.join(', ') : `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more`;
