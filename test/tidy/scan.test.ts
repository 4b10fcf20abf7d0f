// What the scanner takes for code, comment and literal; which imports and functions it sees.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionsOf, importsOf, lineAt, mask } from './scan.ts';

const codeOf = (text: string) => mask(text).code;

test('strings, templates and comments are blanked in place, their quotes and lines kept', () => {
  assert.equal(codeOf("a('b c'); // d"), "a('   ');     ");
  assert.equal(codeOf('x(`a ${`b` + "}"} c` + d)'), `x(\`${' '.repeat(16)}\` + d)`);
  assert.equal(codeOf("/* a\nb */ c 'd\\'e' f"), "    \n     c '    ' f");
  assert.equal(mask("a('// b'); // c /* d").comments, '           // c /* d');
});

test('a slash that divides is code; a pattern is literal, brackets and quotes in it too', () => {
  assert.equal(codeOf('a / b / c'), 'a / b / c');
  assert.equal(codeOf("f(/['/]+/g, b)"), 'f(/      g, b)');
  assert.equal(codeOf('return /"/.test(a)'), 'return / /.test(a)');
  assert.equal(codeOf("(a) / 2 + '/'"), "(a) / 2 + ' '");
});

test('every way to import is seen, with its line', () => {
  const text = [
    "import a, { b } from './a.ts';",
    "import type { C } from '#c/c';",
    "import {\n  d,\n} from 'd';",
    "export * as e from 'e';",
    "import 'f';",
    "const g = () => import('g');",
    "// import 'not';",
    "const h = \"import 'not'\"; export const from = 'not'; import.meta.resolve('not');",
  ].join('\n');
  assert.deepEqual(
    importsOf(text).map(({ specifier, line, typeOnly }) => [specifier, line, typeOnly]),
    [
      ['./a.ts', 1, false],
      ['#c/c', 2, true],
      ['d', 5, false],
      ['e', 6, false],
      ['f', 7, false],
      ['g', 8, false],
    ],
  );
});

test('functions of every form are seen from their head to their last line', () => {
  const text = `function plain<T>(
  a: T,
): Promise<{ b: T }> {
  return a as never;
}
const arrow = async (a: number): Promise<void> => {
  if (a > 1) {
    for (;;) { break; }
  }
};
class Box extends mixin(Base) {
  readonly late = (a: string) => {};
  method(a = (1 + 2)): void { try { a; } catch (error) { throw error; } }
  get size(): number { return 1; }
}
list.map((a) => { return a; });
const short = (a: number) => a + 1;
interface Shape { method(): { a: number } }
`;
  assert.deepEqual(
    functionsOf(text).map(({ name, line, lines }) => [name, line, lines]),
    [
      ['plain', 1, 5],
      ['arrow', 6, 5],
      ['late', 12, 1],
      ['method', 13, 1],
      ['size', 14, 1],
      ['a function', 16, 1],
    ],
  );
});

test('lines count from one', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((offset) => lineAt('a\nb\n', offset)),
    [1, 1, 2, 2],
  );
});
