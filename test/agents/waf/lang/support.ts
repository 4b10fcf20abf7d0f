// Rules as text for tests: parsed, shown without their places, and generated.

import fc from 'fast-check';
import { parseRuleFile } from '../../../../agents/waf/lang/parser.ts';
import type { Statement } from '../../../../agents/waf/lang/tree.ts';

export const parse = (text: string) => parseRuleFile({ file: 'test.conf', text });

/** What is said, without where. */
export function bare(statements: readonly Statement[]): unknown {
  return JSON.parse(
    JSON.stringify(statements, (key, value: unknown) =>
      key === 'place' || key === 'argumentPlace' ? undefined : value,
    ),
  );
}

/** Any bytes, with those that mean something more often than chance would have them. */
export const anyBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\\',
        '"',
        "'",
        '\n',
        '\r\n',
        ' ',
        '\t',
        '#',
        ',',
        '|',
        ':',
        '/',
        '!',
        '&',
        '@',
        '%{',
        '}',
        'Sec',
        'SecRule ',
        'ARGS',
        'id:1',
        '\\\n',
        '\\"',
        "\\'",
        '\xef\xbb\xbf',
        '\xff',
        '\0',
      ),
      fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

const lineByte = fc
  .integer({ min: 0, max: 255 })
  .filter((code) => code !== 0x0a)
  .map((code) => String.fromCharCode(code));

/** A text of one line: no directive can hold a line feed. */
export const lineText = fc
  .array(fc.oneof(fc.constantFrom('\\', '"', "'", ' ', ',', '|', '/', ':'), lineByte), { maxLength: 12 })
  .map((parts) => parts.join(''));

export const someText = lineText.filter((text) => text !== '');
