// What counts as a difference, as transcripts: two texts, and the lines that tell them apart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '#config/compare';
import { effective } from '#config/effective';
import { loadText } from '#config/load';

const base = 'listeners { listener "http" { address "127.0.0.1:8080" } }\n';
const route = (name: string, more = '') =>
  `route "${name}" { matches { path "/${name}" }; builtin-handler "status"; ${more} }`;

function difference(before: string, after: string): string[] {
  const [one, other] = [before, after].map((text) => {
    const loaded = loadText('test.kdl', base + text);
    assert(loaded.ok, loaded.problems.map(({ what }) => what).join('\n'));
    return effective(loaded.config, loaded.origins);
  });
  return compare(one ?? [], other ?? []).map(({ where, sign, name, changes }) => {
    const words = changes.map(({ key, before: old, after: young }) => `${key}: ${old ?? '-'} -> ${young ?? '-'}`);
    return `${where} ${sign} ${name} ${words.join(', ')}`;
  });
}

test('comments, layout, spelling and defaults written out are no difference', () => {
  const spelled =
    '// hello\nroutes { route "a" {\n  builtin_handler "status"; matches { path "/a" }; policies { timeout-ms 60000 } } }\nlimits { }';
  assert.deepEqual(difference(`routes { ${route('a')} }`, spelled), []);
});

test('a value that changes', () => {
  const changed = difference(`routes { ${route('a')} }`, `routes { ${route('a', 'policies { timeout-secs 5 }')} }`);
  assert.deepEqual(changed, ['routes ~ a policies.timeout-secs: 60 -> 5']);
});

test('a value in a block that is no named thing', () => {
  assert.deepEqual(difference('limits { max-connections 5 }', ''), ['limits ~  max-connections: 5 -> 10000']);
});

test('what comes and what goes is told with what the file says of it', () => {
  assert.deepEqual(difference(`routes { ${route('a')} }`, `routes { ${route('b')} }`), [
    'routes + b matches.path: - -> "/b", builtin-handler: - -> "status"',
    'routes - a matches.path: "/a" -> -, builtin-handler: "status" -> -',
  ]);
});

test('the order of routes is a difference, the order of other things is not', () => {
  const [a, b] = [route('a'), route('b')];
  assert.deepEqual(difference(`routes { ${a}; ${b} }`, `routes { ${b}; ${a} }`), ['routes ~  order: a b -> b a']);
  const upstreams = ['upstream "x" { target "a:1" }', 'upstream "y" { target "a:1" }'];
  assert.deepEqual(
    difference(`upstreams { ${upstreams.join(';')} }`, `upstreams { ${upstreams.toReversed().join(';')} }`),
    [],
  );
});
