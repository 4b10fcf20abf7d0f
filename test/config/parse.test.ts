// The tree with its places, and what becomes of a text that cannot be read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Node, parse } from '#config/parse';
import { makeSource, placeOf, type Span } from '#config/source';

const read = (text: string) => parse(makeSource('test.kdl', text));

/** `line:column text` of a span. */
function at(span: Span): string {
  const { line, column } = placeOf(span);
  return `${line}:${column} ${span.source.text.slice(span.start, span.end)}`;
}

function outline({ nameAt, args, properties, children }: Node): readonly unknown[] {
  const inner = children?.map(outline);
  return [at(nameAt), ...args.map((one) => at(one.at)), ...properties.map((one) => at(one.nameAt)), ...(inner ?? [])];
}

test('names, values, properties and blocks carry their places in the text as written', () => {
  const { nodes, problems, whole } = read('a "b" true {\n  c ["d", "e"] f=1\n}\n/-gone 1\n"last key" #"raw"#');
  assert.deepEqual(problems, []);
  assert(whole);
  assert.deepEqual(nodes.map(outline), [
    ['1:1 a', '1:3 "b"', '1:7 true', ['2:3 c', '2:6 "d"', '2:11 "e"', '2:16 f']],
    ['5:1 "last key"', '5:12 #"raw"#'],
  ]);
  assert.deepEqual(
    nodes[0]?.args.map(({ value }) => value),
    ['b', true],
  );
});

test('no block and an empty block are told apart', () => {
  assert.deepEqual(
    read('a\nb { }').nodes.map(({ children }) => children),
    [undefined, []],
  );
});

test('places behind a mended mistake stay right', () => {
  const { nodes } = read('a 30s "x"\nb = /c/d "y"\ne "z"');
  assert.deepEqual(nodes.map(outline), [
    ['1:1 a', '1:3 30s', '1:7 "x"'],
    ['2:1 b', '2:5 /c/d', '2:10 "y"'],
    ['3:1 e', '3:3 "z"'],
  ]);
});

test('where blocks do not nest, nothing is said about what stands in them', () => {
  const { nodes, whole } = read('a {\n b 1');
  assert.deepEqual(nodes, []);
  assert.equal(whole, false);
});

test('what only the library refuses keeps its place, and what was explained before stays', () => {
  const { problems, whole } = read('a 30s\nb """x"""\nc 1');
  assert.equal(whole, false);
  assert.deepEqual(
    problems.map(({ place, code }) => `${place?.line}:${place?.column} ${code}`),
    ['1:3 config-syntax', '2:3 config-syntax'],
  );
});
