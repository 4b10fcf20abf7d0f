// Every operator of the reference by its name: how it is made, or why it is refused. The shaping decision: names are
// looked up without regard to case, and one that is refused is known by name and says what to do instead. It refuses
// all that needs the network, other programs or a clock: the engine opens nothing after it has loaded.

import type { Macro, Operator } from '../compile/rule-set.ts';
import { ipMatch, ipMatchFromFile } from './address.ts';
import {
  type DataFiles,
  type MakeOperator,
  matchedNothingCaptured,
  type OperatorProblem,
  yesOrNo,
} from './argument.ts';
import { eq, ge, gt, le, lt, ne } from './number.ts';
import { pm, pmFromFile } from './phrases.ts';
import { rx, rxGlobal } from './regex.ts';
import { beginsWith, contains, containsWord, endsWith, streq, strmatch, within } from './text.ts';
import { validateByteRange, validateUrlEncoding, validateUtf8Encoding } from './validity.ts';

const operators: Readonly<Record<string, MakeOperator>> = {
  beginsWith,
  contains,
  containsWord,
  endsWith,
  eq,
  ge,
  gt,
  ipMatch,
  ipMatchF: ipMatchFromFile,
  ipMatchFromFile,
  le,
  lt,
  ne,
  noMatch: () => yesOrNo(() => false),
  pm,
  pmf: pmFromFile,
  pmFromFile,
  rx,
  rxGlobal,
  streq,
  strmatch,
  unconditionalMatch: () => ({ match: () => matchedNothingCaptured }),
  validateByteRange,
  validateUrlEncoding,
  validateUtf8Encoding,
  within,
};

const outside = 'the engine asks nobody outside while it judges a request';

/** Operators of the reference that are not here, and why. */
export const refusedOperators: Readonly<Record<string, string>> = {
  detectSQLi: 'the reader of SQL is not written yet',
  detectXSS: 'the reader of pages is not written yet',
  fuzzyHash: `${outside}, and ssdeep's files are not read; compare with t:sha1 and @pmFromFile`,
  geoLookup: `${outside}; put the networks of the countries into a file for @ipMatchFromFile`,
  gsbLookup: `${outside}; Google has ended the service`,
  inspectFile: `${outside}; scan uploads with an agent of their own`,
  rbl: `${outside}; put the list into a file for @ipMatchFromFile`,
  rsub: 'a rule looks at what passes and does not change it',
  validateDTD: 'XML is read without its document type; check it in the application',
  validateHash: 'links are not signed here; it needs the response to be rewritten',
  validateSchema: 'XML is read without a schema; check it in the application',
};

export const operatorNames: readonly string[] = Object.keys(operators);

const byName = new Map(Object.entries(operators).map(([name, make]) => [name.toLowerCase(), make]));
const refusedByName = new Map(Object.entries(refusedOperators).map(([name, why]) => [name.toLowerCase(), why]));

/** `undefined`: no operator has this name. */
export function makeOperator(name: string, argument: Macro, files: DataFiles): Operator | OperatorProblem {
  const make = byName.get(name.toLowerCase());
  if (make !== undefined) return make(argument, files);
  const why = refusedByName.get(name.toLowerCase());
  return { problem: why === undefined ? `there is no operator @${name}` : `@${name} is not supported: ${why}` };
}
