// Hostile input of up to 1 MiB for every transformation, operator and reader of bodies: each ends, most within milliseconds. A
// method that is quadratic anywhere takes hours for these, and the run's own limit would end it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCookies } from '../../../agents/waf/body/cookies.ts';
import { readForm } from '../../../agents/waf/body/form.ts';
import { readJson } from '../../../agents/waf/body/json.ts';
import { readMultipart } from '../../../agents/waf/body/multipart.ts';
import { readXml } from '../../../agents/waf/body/xml.ts';
import { parseXmlPath, selectXml } from '../../../agents/waf/body/xpath.ts';
import { transformationByName, transformationNames } from '../../../agents/waf/transform/table.ts';
import { asked } from './operator/support.ts';

const size = 1024 * 1024;
const filled = (piece: string, bytes = size): string => piece.repeat(Math.ceil(bytes / piece.length));

const pieces = [
  '\0',
  'a',
  '1',
  '%',
  '%u',
  '%41',
  '&',
  '&#',
  '&#1',
  '&#x',
  '&lt',
  '\\',
  '\\u',
  '\\1',
  '/*',
  '*/',
  '/**/',
  '/*/*',
  '<!--',
  '-->',
  '--',
  '-',
  '#',
  '../',
  './',
  '/',
  '..',
  'a/../',
  '\\..',
  ' ',
  '\xa0',
  '+',
  '=',
  '0x',
  '0x4',
  '"',
  "'",
  "''",
  "\\'",
  '`',
  '(',
  ')',
  ',',
  ';',
  '{',
  '}',
  '[',
  ']',
  '@',
  '$',
  '$$',
  '$a$',
  "q'(",
  '<',
  '>',
  '<a',
  '<a ',
  '<a b=',
  '</',
  '<!',
  '<![CDATA[',
  '<%',
  '%>',
  '-\0',
  '.',
  ':',
  '\xc3',
  '\xe4\xbd',
  '\xf0\x9f\x98\x80',
  'select ',
  'union select ',
  '1,',
  '1+',
  "'a' ",
  'or ',
  'on',
  'x=',
  '\r\n',
  '\n',
  '--x\r\n',
  '{"a":',
  '[1,',
  '"\\u0041',
  '&x;',
  '<!ENTITY',
  '<!DOCTYPE',
];

for (const name of transformationNames) {
  test(`t:${name}`, () => {
    const transformation = transformationByName(name);
    for (const piece of pieces) assert.equal(typeof transformation?.apply(filled(piece, size / 4)), 'string');
  });
}

const operators: readonly [string, string][] = [
  ['contains', `${'a'.repeat(500_000)}b`],
  ['containsWord', 'a'],
  ['containsWord', 'aa'.repeat(1000)],
  ['pm', 'aaaaaaaab union --x'],
  ['rx', '(a+)+$'],
  ['rxGlobal', 'a*b'],
  ['verifyCC', '\\d{16}'],
  ['verifySSN', '\\d+'],
  ['validateByteRange', '1-255'],
  ['validateUrlEncoding', ''],
  ['validateUtf8Encoding', ''],
  ['ipMatch', '10.0.0.0/8'],
  ['detectSQLi', ''],
  ['detectXSS', ''],
];

for (const [name, argument] of operators) {
  test(`@${name} ${argument.slice(0, 20)}`, () => {
    const isMatch = asked(name, argument);
    for (const piece of pieces) assert.equal(typeof isMatch(filled(piece)), 'boolean');
  });
}

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  form: (text) => readForm(text, { separator: '&', argumentsMax: 1000 }).arguments,
  cookies: (text) => [...readCookies(text, 0), ...readCookies(text, 1)],
  JSON: (text) => readJson(text, { depthMax: 10_000, argumentsMax: 100_000 }).arguments,
  XML: (text) => readXml(`<a>${text}`),
  'XML, its document type': (text) => readXml(`<!DOCTYPE a [${text}`),
  'XML, its document type closed': (text) => readXml(`<!DOCTYPE a [<!-- ${text} -->]><a/>`),
  multipart: (text) => readMultipart('multipart/form-data; boundary=x', text, { filesMax: 100 }).parts,
  'multipart, a part': (text) =>
    readMultipart('multipart/form-data; boundary=x', `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${text}`, {
      filesMax: 100,
    }),
  'multipart, its header': (text) =>
    readMultipart('multipart/form-data; boundary=x', `--x\r\n${text}`, { filesMax: 100 }),
};

for (const [name, read] of Object.entries(readers)) {
  test(`a body: ${name}`, () => {
    for (const piece of pieces) assert.notEqual(read(filled(piece)), undefined);
  });
}

test('XML that is deep, wide, and both, asked by paths', () => {
  const documents = [`${'<a>'.repeat(9000)}x${'</a>'.repeat(9000)}`, `<a>${'<b c="d">e</b>'.repeat(40_000)}</a>`];
  for (const text of documents) {
    const { document } = readXml(text);
    assert(document !== undefined);
    for (const path of ['/*', '//*', '//@*', `${'//a'.repeat(25)}`, '//a//b/@c']) {
      const parsed = parseXmlPath(path);
      assert(!('problem' in parsed));
      assert(Array.isArray(selectXml(document, parsed)));
    }
  }
});
