// Where our parser and llhttp's strict mode differ, and why that is right. Every difference must fall into a class of
// these tables. `refused` is the usual direction: we refuse what llhttp takes. `accepted` is the one that needs a proof:
// what we take there can never be read in two ways behind us, because it is written anew from what was understood.
// `framed` would be the worst, both take it and see different messages: it has one class, where llhttp stops reading.

import type { Fault } from '../../proxy/http1/faults.ts';
import { knownMethods, readWithLlhttp } from './llhttp.ts';
import { type Kind, type Message, type Reading, readOurs } from './reading.ts';

/** Why we refuse what llhttp takes. Faults that do not stand here are refused by both. */
const refused: Partial<Record<Fault, string>> = {
  'empty-request': 'llhttp skips any number of empty lines, in CR or LF; RFC 9112 2.2 allows one, in CRLF',
  'bare-line-feed': 'llhttp takes LF before a request and behind a request line without version (HTTP/0.9)',
  'bare-carriage-return': 'llhttp takes CR before a request',
  'bad-target': 'llhttp takes a fragment and bytes over 0x7f in a target; RFC 9112 3.2 has neither',
  'bad-target-form':
    'llhttp looks at no form: CONNECT, `*` for any method, relative targets, other schemes, user information',
  'bad-version': 'llhttp takes HTTP/0.9 without a version, and 2.0 where a method allows it',
  'bad-status-line': 'llhttp takes a status over 599, a missing blank behind it, HTTP/0.9 and 2.0',
  'bad-connection': 'llhttp does not mind options that are no tokens or that name what frames',
  'many-connection-options': 'a bound of ours',
  'long-target': 'a bound of ours',
  'long-header': 'a bound of ours',
  'many-header-bytes': 'a bound of ours',
  'many-headers': 'a bound of ours',
  'no-host': 'Host is no matter of llhttp (the server above it asks for one)',
  'two-hosts': 'Host is no matter of llhttp',
  'bad-host': 'Host is no matter of llhttp',
  'host-differs': 'Host is no matter of llhttp',
  'bad-content-length': 'llhttp counts to 2^64 - 1, numbers here end at 2^53 - 1, in 16 digits',
  'bad-transfer-encoding':
    'llhttp takes codings besides chunked; where they are not last, a request is refused, a reply ends with its connection',
  'encoding-in-1.0': 'llhttp takes chunks in HTTP/1.0; RFC 9112 6.1 calls the framing faulty',
  'misspelt-framing': 'a name with another mark is any other name to llhttp, and a framing header to some behind us',
  'interim-in-1.0': 'HTTP/1.0 has no interim replies; llhttp takes one for the last reply of the connection',
  'body-in-trace': 'llhttp does not ask which method has a body',
  'body-in-bodiless': 'llhttp ignores what a reply of 1xx or 204 says about a body; another reader may not',
  'bad-chunk-size': 'llhttp takes any number of zeros before a size and sizes to 2^64 - 1',
  'bad-chunk-extension': 'llhttp takes an empty value',
  'long-chunk-extension': 'a bound of ours',
  'bad-trailer': 'llhttp takes trailers that frame, route or authenticate',
  'long-trailers': 'a bound of ours',
};

interface AcceptedClass {
  readonly name: string;
  readonly holds: (message: Message, fault: string, kind: Kind, before: Message | undefined) => boolean;
  readonly why: string;
}

const accepted: readonly AcceptedClass[] = [
  {
    name: 'method',
    holds: ({ first }, fault, kind) =>
      kind === 'requests' && fault === 'HPE_INVALID_METHOD' && !knownMethods.has(first),
    why: 'llhttp knows a fixed list of methods; any token of capital letters, digits, - and _ is one (RFC 9110 9.1), and ends at the first blank for everybody',
  },
  {
    name: 'proxy-connection',
    holds: (_, fault, kind, before) =>
      kind === 'requests' &&
      fault === 'HPE_CLOSED_CONNECTION' &&
      before?.headers.some(([name]) => name.toLowerCase() === 'proxy-connection') === true,
    why: 'llhttp takes Proxy-Connection for Connection; it is no header of HTTP (RFC 9112 C.2.2), we neither obey nor forward it, and the next request is as whole as the last',
  },
  {
    name: 'interim-close',
    holds: ({ first }, fault, kind) => kind !== 'requests' && fault === 'HPE_CLOSED_CONNECTION' && first >= '1',
    why: 'llhttp ends a connection behind an interim reply that says `close`; we wait for the final one, whose own words decide, and pass on neither',
  },
  {
    name: 'version',
    holds: ({ minor }, fault) => fault === 'HPE_INVALID_VERSION' && minor === 1,
    why: 'HTTP/1.2 to 1.9 are read as HTTP/1.1 (RFC 9110 6.2) and forwarded as HTTP/1.1, so nobody behind us sees the digit',
  },
];

const upgraded =
  'llhttp stops behind a request with Upgrade, whose bytes would be of the other protocol; we ignore Upgrade (RFC 9110 7.8), forward without it, and read what follows as a request';

/** The names of all classes, for the test that each is met. */
export const classNames: readonly string[] = [
  ...Object.keys(refused).map((fault) => `refused: ${fault}`),
  ...accepted.map(({ name }) => `accepted: ${name}`),
  'framed: upgrade',
];

export interface Difference {
  readonly direction: 'refused' | 'accepted' | 'framed';
  /** The class; `undefined` if nobody has explained it. */
  readonly name: string | undefined;
  readonly what: string;
}

/** The first place where the two part; behind it, they are not comparable. */
export function compare(kind: Kind, bytes: Buffer, pieces: readonly number[]): Difference | undefined {
  const ours = readOurs(kind, bytes, pieces);
  const theirs = readWithLlhttp(kind, bytes, pieces);
  for (let index = 0; ; index += 1) {
    const [one, other] = [ours.messages[index], theirs.messages[index]];
    if (one === undefined) return atOurEnd(ours, theirs, other);
    if (other === undefined) return atTheirEnd(kind, theirs, one, ours.messages[index - 1]);
    const difference = compareMessages(kind, one, other, ours, theirs);
    if (difference !== undefined || !one.isWhole || !other.isWhole) return difference;
  }
}

function atOurEnd(ours: Reading<Fault>, theirs: Reading, other: Message | undefined): Difference | undefined {
  if (other !== undefined && ours.end === 'fault') return refusal(ours);
  if (other !== undefined && ours.end !== 'closed' && ours.end !== 'upgraded')
    return { direction: 'framed', name: undefined, what: `llhttp sees one message more: ${JSON.stringify(other)}` };
  if (ours.end === 'idle' && theirs.end === 'fault')
    return { direction: 'accepted', name: undefined, what: `bytes that llhttp refuses: ${theirs.fault}` };
  return undefined;
}

function atTheirEnd(kind: Kind, theirs: Reading, one: Message, before: Message | undefined): Difference {
  if (theirs.end === 'upgraded') return { direction: 'framed', name: 'upgrade', what: upgraded };
  if (theirs.end === 'fault') return acceptance(kind, theirs, one, before);
  return { direction: 'framed', name: undefined, what: `we see one message more: ${JSON.stringify(one)}` };
}

function compareMessages(
  kind: Kind,
  one: Message,
  other: Message,
  ours: Reading<Fault>,
  theirs: Reading,
): Difference | undefined {
  const [us, them] = [headOf(one), headOf(other)];
  if (us !== them) return { direction: 'framed', name: undefined, what: `heads differ: ${us} and ${them}` };
  if (one.isWhole && other.isWhole) {
    const [mine, their] = [contentOf(one), contentOf(other)];
    if (mine !== their) return { direction: 'framed', name: undefined, what: `bodies differ: ${mine} and ${their}` };
  }
  if (one.isWhole === other.isWhole) return undefined;
  if (other.isWhole && ours.end === 'fault') return refusal(ours);
  if (one.isWhole && theirs.end === 'fault') return acceptance(kind, theirs, one, undefined);
  return { direction: 'framed', name: undefined, what: `whole for ${one.isWhole ? 'us' : 'llhttp'} alone` };
}

const headOf = ({ first, second, headers }: Message): string => JSON.stringify([first, second, headers]);
const contentOf = ({ body, trailers }: Message): string => JSON.stringify([body, trailers]);

function refusal({ fault = 'bad-method' }: Reading<Fault>): Difference {
  const why = refused[fault];
  return { direction: 'refused', name: why === undefined ? undefined : fault, what: why ?? `only we refuse: ${fault}` };
}

function acceptance(kind: Kind, { fault = '' }: Reading, message: Message, before: Message | undefined): Difference {
  const known = accepted.find(({ holds }) => holds(message, fault, kind, before));
  const what = known?.why ?? `only llhttp refuses, with ${fault}: ${JSON.stringify(message)}`;
  return { direction: 'accepted', name: known?.name, what };
}
