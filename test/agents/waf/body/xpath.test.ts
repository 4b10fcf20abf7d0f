// Paths: what each selects, what is not understood, and what is bounded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readXml } from '../../../../agents/waf/body/xml.ts';
import { parseXmlPath, selectXml } from '../../../../agents/waf/body/xpath.ts';

const text = '<r x="0"><a id="1">one<b id="2">two</b></a><a id="3" x="4">three</a><c><a>four</a></c></r>';

const cases: readonly [string, readonly string[]][] = [
  ['/*', ['onetwothreefour']],
  ['//@*', ['0', '1', '2', '3', '4']],
  ['/r/a', ['onetwo', 'three']],
  ['//a', ['onetwo', 'three', 'four']],
  ['/r//a/@id', ['1', '3']],
  ['/r/@x', ['0']],
  ['//@x', ['0', '4']],
  ['/r/*/b', ['two']],
  ['/r/c//text()', ['four']],
  ['//text()', ['onetwothreefour']],
  ['/r/a//@id', ['1', '2', '3']],
  ['//b/text()', ['two']],
  ['/a', []],
];

for (const [path, values] of cases) {
  test(path, () => assert.deepEqual(select(text, path), values));
}

for (const path of ['', 'a', '/a[1]', '//a/@id/b', '/a|/b', 'count(//a)', `${'/a'.repeat(40)}`]) {
  test(`not understood: '${path.slice(0, 20)}'`, () => {
    const parsed = parseXmlPath(path);
    assert('problem' in parsed && parsed.problem.includes('is not understood'));
  });
}

test('text that repeats in elements within elements is bounded', () => {
  const deep = `${'<a>'.repeat(5000)}${'x'.repeat(10_000)}${'</a>'.repeat(5000)}`;
  const bytes = select(deep, '//a').reduce((sum, value) => sum + value.length, 0);
  assert(bytes > 10_000 && bytes <= 4 * 10_000 + 64 * 1024);
});

function select(document: string, path: string): readonly string[] {
  const parsed = parseXmlPath(path);
  const read = readXml(document);
  assert(!('problem' in parsed) && read.document !== undefined);
  return selectXml(read.document, parsed);
}
