// Regular expressions that meet requests: RE2, so linear in the value, on values whose characters are bytes; the few that
// look around or refer to groups, which RE2 cannot, are run by a bounded matcher of our own (pcre-match.ts). As in
// ModSecurity 2.9 a dot matches a line feed and `$` only the very end (PCRE_DOTALL, PCRE_DOLLAR_ENDONLY), not the end
// of each line: under multiline rules of the kind `!@rx ^…$` are passed with a line feed.
//
// RE2 is given the UTF-8 of the byte string, never the raw bytes: on bytes that are no UTF-8 it finds nothing, which
// would be a way round every rule. And always a Buffer: a fresh string costs it 840 ns, a Buffer 105.

import RE2 from 're2';
import { wafLangLimits } from '#config/limits-waf-lang';
import { translate } from './dialect.ts';
import { compilePcre } from './pcre-match.ts';
import { PcreFault } from './pcre-tree.ts';

export interface Expression {
  readonly source: string;
  test(value: string): boolean;
  /** The match and its groups, `undefined` where a group took no part. */
  exec(value: string): ReadonlyArray<string | undefined> | undefined;
}

export type ExpressionFault = { readonly fault: string; readonly hint: string; readonly at: number };

export function compileExpression(source: string, { foldsCase = false } = {}): Expression | ExpressionFault {
  if (source.length > wafLangLimits.expressionBytesMax) {
    return {
      fault: 'the expression is too long',
      hint: `${wafLangLimits.expressionBytesMax} bytes are the most`,
      at: 0,
    };
  }
  const translated = translate(source, foldsCase);
  if ('fault' in translated) return ownExpression(source, foldsCase) ?? translated;
  try {
    return expressionOf(source, new RE2(translated.expression, 's'));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const fault = message.replace(`: ${translated.expression}`, ''); // which is not as it was written
    return {
      fault: `RE2 does not take it: ${fault}`,
      hint: 'its syntax is that of PCRE without looking around and references',
      at: 0,
    };
  }
}

/** By the matcher of our own, for what looks around or refers to groups. */
function ownExpression(source: string, foldsCase: boolean): Expression | undefined {
  try {
    const search = compilePcre(foldsCase ? `(?i)${source}` : source);
    return { source, test: (value) => search(value) !== undefined, exec: (value) => search(value)?.groups };
  } catch (error) {
    if (error instanceof PcreFault) return undefined; // what RE2 says of it is then shown
    throw error;
  }
}

function expressionOf(source: string, compiled: RE2): Expression {
  return {
    source,
    test: (value) => compiled.test(utf8Of(value)),
    exec: (value) => {
      const bytes = utf8Of(value);
      // `exec` costs ten times as much as `test`, and most values match nothing.
      if (!compiled.test(bytes)) return undefined;
      const match = compiled.exec(bytes) as Iterable<Buffer | undefined> | object | null;
      return match === null
        ? undefined
        : Array.from(match as Iterable<Buffer | undefined>, (group) => group?.toString('utf8'));
    },
  };
}

// Rule after rule looks at the same value, so the last one is kept in the form that RE2 takes. Equal text is equal bytes.
let lastValue = '';
let lastBytes = Buffer.alloc(0);

function utf8Of(value: string): Buffer {
  if (value === lastValue) return lastBytes;
  lastBytes = Buffer.from(value, 'utf8');
  lastValue = value;
  return lastBytes;
}
