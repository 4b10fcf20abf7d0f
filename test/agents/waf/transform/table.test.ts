// Every transformation against what ModSecurity 2.9.7 made of the same inputs, and what holds for all of them: any bytes
// in, bytes out, and nothing changes where there is nothing to change.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { transformationByName, transformationNames } from '../../../../agents/waf/transform/table.ts';
import { byteStrings, isByteString, reference } from '../reference.ts';

/** Where we differ on purpose; each says so in its file. */
const differs: Readonly<Record<string, (input: string) => boolean>> = {
  cmdLine: (input) => input.includes('\0'), // it ends there
  sqlHexDecode: (input) => input.includes('\0'), // it ends there
  normalisePathWin: (input) => /[\\/]{2}/.test(input), // it leaves a backslash behind a run of slashes
  removeComments: (input) => /(?:\*\/|-->)$/.test(input), // it copies the byte behind the value
};

for (const name of transformationNames.filter(
  (one) => !['none', 'uppercase', 'normalizePath', 'normalizePathWin'].includes(one),
)) {
  test(`${name} is that of ModSecurity 2.9.7, byte for byte`, () => {
    let compared = 0;
    for (const [input, changed] of reference.transformations) {
      if (differs[name]?.(input)) continue;
      assert.equal(apply(name, input), changed[name] ?? input, JSON.stringify(input));
      compared += 1;
    }
    assert(compared > 80);
  });
}

test('names are found without regard to case, and only names', () => {
  for (const name of transformationNames) {
    assert.equal(transformationByName(name.toUpperCase())?.name, name);
    assert.equal(transformationByName(name.toLowerCase())?.name, name);
  }
  assert.equal(transformationByName('rot13'), undefined);
  assert.equal(new Set(transformationNames).size, transformationNames.length);
  assert.equal(transformationNames.length, 38);
});

test('any bytes become bytes, and the same each time', () => {
  fc.assert(
    fc.property(fc.constantFrom(...transformationNames), byteStrings, (name, input) => {
      const output = apply(name, input);
      assert(isByteString(output), name);
      assert.equal(apply(name, input), output);
    }),
    { numRuns: 500 },
  );
});

const triggers: Readonly<Record<string, string>> = {
  urlDecode: '%+',
  urlDecodeUni: '%+',
  htmlEntityDecode: '&',
  jsDecode: '\\',
  cssDecode: '\\',
  escapeSeqDecode: '\\',
  removeNulls: '\0',
  replaceNulls: '\0',
  replaceComments: '/',
  removeComments: '/<-#',
  removeCommentsChar: '/<-#*',
  sqlHexDecode: '0',
};

for (const [name, signs] of Object.entries(triggers)) {
  test(`${name} changes nothing without ${JSON.stringify(signs)}`, () => {
    fc.assert(
      fc.property(byteStrings, (bytes) => {
        const input = Array.from(bytes)
          .filter((sign) => !signs.includes(sign))
          .join('');
        assert.equal(apply(name, input), input);
      }),
    );
  });
}

test('utf8toUnicode changes nothing in ASCII without zero bytes', () => {
  fc.assert(
    fc.property(byteStrings, (bytes) => {
      const input = Array.from(bytes, (sign) => String.fromCharCode(sign.charCodeAt(0) & 0x7f || 1)).join('');
      assert.equal(apply('utf8toUnicode', input), input);
    }),
  );
});

function apply(name: string, input: string): string {
  const transformation = transformationByName(name);
  assert(transformation !== undefined, name);
  return transformation.apply(input);
}
