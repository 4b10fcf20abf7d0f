// KDL as data for tests: what a text means with its places left out, and random documents that use the whole grammar.

import fc from 'fast-check';
import { type Node, parse } from '#config/parse';
import { makeSource } from '#config/source';

export interface Meaning {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly properties: ReadonlyArray<readonly [string, unknown]>;
  readonly children: readonly Meaning[] | undefined;
}

/** What a text says, or the problems it has. */
export function meaningOf(text: string): readonly Meaning[] | readonly string[] {
  const { nodes, problems } = parse(makeSource('test.kdl', text));
  return problems.length > 0 ? problems.map(({ what }) => what) : nodes.map(plain);
}

function plain({ name, args, properties, children }: Node): Meaning {
  return {
    name,
    args: args.map(({ value }) => value),
    properties: properties.map((one) => [one.name, one.value] as const),
    children: children?.map(plain),
  };
}

/** The words of every comment, in order, however the comment is written. */
export function commentsOf(text: string): string[] {
  const strings = /"""[\s\S]*?"""|"(?:\\[\s\S]|[^"\\])*"|\/\/([^\n]*)|\/\*([\s\S]*?)\*\//g;
  return [...text.matchAll(strings)].flatMap(([, line, block]) => (line ?? block ?? undefined)?.trim() ?? []);
}

const word = fc.constantFrom('a', 'key-name', 'max_bytes', 'x1', '_y', 'Größe');
const value = fc.oneof(
  fc.constantFrom('1', '-2.5', '0x1F', '1_000', '#true', 'true', 'false', 'null', '#null', 'bare-word'),
  fc.constantFrom(
    '"text"',
    '""',
    '"with \\"quotes\\" and // no comment"',
    '"{"',
    '"${HOME:-x}"',
    '#"raw " text"#',
    '"Ünï ✓"',
  ),
  fc.constant('"""\n    two\n    lines\n    """'),
);
const property = fc.tuple(word, value).map(([name, one]) => `${name}=${one}`);
const list = fc
  .array(
    value.filter((one) => !one.includes('\n')),
    { maxLength: 3 },
  )
  .map((values) => `[${values.join(', ')}]`);
const space = fc.constantFrom(' ', '   ', '\t', ' \\\n  ', ' /* in between */ ');
const end = fc.constantFrom('\n', ';', '\n\n\n', ' // behind\n', ';  // after a semicolon\n', '\r\n');
const alone = fc.constantFrom('', '// alone\n', '/* block\n   of two */\n', '\n\n', '/-');

/** Random documents: every kind of value, comment, layout and nesting that the language has. */
export const documents = fc.letrec<{ node: string; nodes: string }>((tie) => ({
  node: fc
    .tuple(
      alone,
      word,
      fc.array(fc.tuple(space, fc.oneof(value, property, list)), { maxLength: 3 }),
      fc.option(tie('nodes'), { depthSize: 'small' }),
      end,
    )
    .map(([before, name, entries, block, after]) => {
      const head = `${before}${name}${entries.map(([blank, entry]) => `${blank}${entry}`).join('')}`;
      return `${head}${block === null ? '' : ` {${block}}`}${after}`;
    }),
  nodes: fc
    .tuple(fc.constantFrom('', ' ', '\n', ' // opening\n'), fc.array(tie('node'), { maxLength: 3 }))
    .map(([start, nodes]) => `${start}${nodes.join('')}`),
})).nodes;
