// Numbers with a check digit: `verifyCC` (credit cards, Luhn), `verifyCPF` (Brazil), `verifySSN` (United States), `verifySVNR`
// (Austria). The shaping decision: the argument is an expression that finds candidates, the first one whose digits are
// in order is the match; after a candidate that is not, the search goes on one byte behind its start, as in the
// reference, so that a number within a longer one is found. It refuses to go on for ever: candidates are counted, and
// a long one is stepped over as a whole, which keeps the search linear.

import type RE2 from 're2';
import { wafLimits } from '#config/limits-waf';
import type { OperatorMatch } from '../compile/rule-set.ts';
import { isDigit } from '../transform/bytes.ts';
import { fromConstant, type MakeOperator } from './argument.ts';
import { compileExpression, groupsOf } from './regex.ts';
import { bytesForRe2 } from './utf8-bytes.ts';

type Digits = readonly number[];

export const verifyCC = candidates(isCreditCard);
export const verifyCPF = candidates(isCpf);
export const verifySSN = candidates(isSsn);
export const verifySVNR = candidates(isSvnr);

function candidates(isOne: (digits: Digits) => boolean): MakeOperator {
  return fromConstant((source) => {
    const expression = compileExpression(source, 'gs');
    if ('problem' in expression) return expression;
    return { match: (value, _context, wantsCaptures) => search(expression, value, isOne, wantsCaptures) };
  });
}

function search(
  expression: RE2,
  value: string,
  isOne: (digits: Digits) => boolean,
  wantsCaptures: boolean,
): OperatorMatch | undefined {
  const bytes = bytesForRe2(value);
  expression.lastIndex = 0;
  for (let count = 0; count < wafLimits.numberSearchesMax; count += 1) {
    const found = expression.exec(bytes);
    if (found === null) return undefined;
    const groups = groupsOf(found);
    if (isOne(digitsOf(groups[0] ?? ''))) return { captures: wantsCaptures ? groups : [] };
    const length = found[0].length;
    const step = length > wafLimits.candidateBytesMax ? length : (bytes[found.index] ?? 0) >= 0x80 ? 2 : 1;
    expression.lastIndex = found.index + step;
    if (expression.lastIndex > bytes.length) return undefined;
  }
  return undefined;
}

function digitsOf(text: string): Digits {
  const digits: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (isDigit(text.charCodeAt(at))) digits.push(text.charCodeAt(at) - 0x30);
  }
  return digits;
}

/** Luhn (ISO/IEC 7812): from the right, every second digit doubled, its digits added. */
function isCreditCard(digits: Digits): boolean {
  if (digits.length === 0) return false;
  const sum = digits
    .toReversed()
    .reduce((total, digit, index) => total + (index % 2 === 0 ? digit : doubled(digit)), 0);
  return sum % 10 === 0;
}

const doubled = (digit: number): number => (digit > 4 ? 2 * digit - 9 : 2 * digit);

const isOneDigit = (digits: Digits): boolean => digits.every((digit) => digit === digits[0]);

const weigh = (digits: Digits, weights: Digits): number =>
  weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0);

/** The first eleven digits; two of them check the others. */
function isCpf(all: Digits): boolean {
  const digits = all.slice(0, 11);
  if (digits.length < 11 || isOneDigit(digits) || digits.join('') === '01234567890') return false;
  const first = cpfCheck(weigh(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = cpfCheck(weigh(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
  return digits[9] === first && digits[10] === second;
}

const cpfCheck = (sum: number): number => (sum % 11 < 2 ? 0 : 11 - (sum % 11));

/** No check digit, only numbers that were never given out (before 2011). */
function isSsn(digits: Digits): boolean {
  const isRow = digits.every((digit, index) => index === 0 || digit === (digits[index - 1] ?? 0) + 1);
  if (digits.length !== 9 || isRow || isOneDigit(digits)) return false;
  const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)].map((part) =>
    Number(part.join('')),
  );
  if (area === undefined || area === 0 || group === 0 || serial === 0) return false;
  return area < 740 && area !== 666;
}

/** Ten digits, of which the fourth checks the others. */
function isSvnr(all: Digits): boolean {
  const digits = all.slice(0, 10);
  if (digits.length < 10 || isOneDigit(digits)) return false;
  return digits[3] === (weigh(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11) % 10;
}
