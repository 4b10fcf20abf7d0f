// What RE2 would read otherwise than PCRE, byte by byte against the definition.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import RE2 from 're2';
import { translate } from '../../../../agents/waf/compile/dialect.ts';

const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** Which bytes an expression for one byte matches. */
function members(source: string): string {
  const translated = translate(source);
  assert('expression' in translated, source);
  const one = new RE2(`^(?:${translated.expression})$`, 's');
  return bytes.filter((byte) => one.test(Buffer.from(byte, 'utf8'))).join('');
}

const those = (is: (byte: string) => boolean) => bytes.filter(is).join('');

test('blanks are those of PCRE, the vertical tab among them', () => {
  const isBlank = (byte: string) => '\t\n\v\f\r '.includes(byte);
  assert.equal(members('\\s'), those(isBlank));
  assert.equal(members('[\\s]'), those(isBlank));
  assert.equal(members('[[:space:]]'), those(isBlank));
  for (const not of ['\\S', '[^\\s]', '[\\S]', '[[:^space:]]'])
    assert.equal(
      members(not),
      those((byte) => !isBlank(byte)),
      not,
    );
  assert.equal(members('[^\\S]'), those(isBlank));
});

test('classes that RE2 does not know', () => {
  assert.equal(members('\\h'), '\t \xa0');
  assert.equal(members('[\\v]'), '\n\v\f\r\x85');
  assert.equal(
    members('\\H'),
    those((byte) => !'\t \xa0'.includes(byte)),
  );
  assert.equal(
    members('\\V'),
    those((byte) => !'\n\v\f\r\x85'.includes(byte)),
  );
  assert.equal(
    members('\\N'),
    those((byte) => byte !== '\n'),
  );
  assert.equal(members('.'), bytes.join(''));
});

test('case is folded in ASCII alone', () => {
  assert.equal(members('(?i)\\xe9'), '\xe9');
  assert.equal(members('(?i)\xe9'), '\xe9');
  assert.equal(members('(?i)[k\\xe0-\\xe4]'), 'Kk\xe0\xe1\xe2\xe3\xe4');
  assert.equal(
    members('(?i)[^k\\xe9]'),
    those((byte) => !'Kk\xe9'.includes(byte)),
  );
  assert.equal(
    members('(?i)[[:upper:]\\xe9]'),
    those((byte) => /[a-z]/i.test(byte) || byte === '\xe9'),
  );
  assert.equal(members('(?i:(?-i)k)'), 'k');
  assert.equal(members('(?i:k)'), 'Kk');
});

test('any class, folded or not, holds the bytes that its definition says', () => {
  const range = fc
    .tuple(fc.nat(255), fc.nat(255))
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  const hex = (code: number) => `\\x${code.toString(16).padStart(2, '0')}`;
  fc.assert(
    fc.property(
      fc.array(range, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      (ranges, negated, folds) => {
        const source = `${folds ? '(?i)' : ''}[${negated ? '^' : ''}${ranges.map(([low, high]) => `${hex(low)}-${hex(high)}`).join('')}]`;
        const isIn = (byte: string) =>
          ranges.some(([low, high]) => byte.charCodeAt(0) >= low && byte.charCodeAt(0) <= high);
        const ascii = (byte: string) => /[a-z]/i.test(byte);
        const isFolded = (byte: string) =>
          isIn(byte) || (folds && ascii(byte) && (isIn(byte.toLowerCase()) || isIn(byte.toUpperCase())));
        assert.equal(
          members(source),
          those((byte) => isFolded(byte) !== negated),
          source,
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('characters by their codes', () => {
  for (const source of ['A', '\\x41', '\\x{41}', '\\101', '\\o{101}', '\\Q\x41\\E'])
    assert.equal(members(source), 'A', source);
  for (const [source, byte] of [
    ['\\e', '\x1b'],
    ['\\cA', '\x01'],
    ['\\0', '\0'],
    ['\\012', '\n'],
    ['\\_', '_'],
    ['\\/', '/'],
    ['[\\b]', '\b'],
    ['[]]', ']'],
    ['{', '{'],
  ] as const) {
    assert.equal(members(source), byte, source);
  }
});

test('what backtracking alone needs is left out', () => {
  assert.deepEqual(translate('a++b*+c?+(?>d)e{2,3}+'), { expression: 'a+b*c?(?:d)e{2,3}' });
  assert.deepEqual(translate('a(?#no)b'), { expression: 'ab' });
  assert.deepEqual(translate("(?<a>x)(?'b'y)"), { expression: '(?P<a>x)(?P<b>y)' });
});

test('what RE2 cannot is refused, where it stands', () => {
  const fault = (source: string) => {
    const translated = translate(source);
    return 'fault' in translated ? `${translated.at} ${translated.fault}` : 'none';
  };
  assert.equal(fault('ab(?=c)'), "2 '(?=' looks around, which RE2 cannot");
  assert.equal(fault('(a)\\1'), "3 '\\1' refers to a group, which RE2 cannot");
  assert.equal(fault('(?x) a'), "0 the flag 'x' for expressions with blanks in them");
  assert.equal(fault('\\K'), "0 '\\K' forgets what came before");
  assert.equal(fault('a\\'), '1 a backslash ends the expression');
  assert.equal(fault('\\y'), "0 '\\y' means nothing");
  assert.equal(fault('\\x{263a}'), '0 a character above FF');
  assert.equal(fault('[a'), '0 a class [ is not closed');
  assert.equal(fault('[b-a]'), '1 a range in a class is out of order');
  assert.match(fault('('.repeat(300)), /nested too deep/);
});

test('a class that stands twice is the same again, with case and without', () => {
  const one = (source: string, folds = false): string => {
    const translated = translate(source, folds);
    assert('expression' in translated);
    return translated.expression;
  };
  const classes = ['[a\\s]', '[^\\]\\xe9b]', '[]a]', '[[:^space:]x]', '[\\x{41}-Z]', '[a-]'];
  const all = classes.join('');
  const alone = classes.map((source) => one(source)).join('');
  const folded = classes.map((source) => one(source, true).replace('(?i)', '')).join('');
  assert.equal(one(`${all}${all}`), alone + alone);
  assert.equal(one(`${all}(?i:${all}${all})${all}`), `${alone}(?i:${folded}${folded})${alone}`);
});
