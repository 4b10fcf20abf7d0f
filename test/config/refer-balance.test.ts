// What `check` says about balancing, splits and mirrors: parameters that nobody reads, what is missing, who gets nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { tempFolder } from '../support/temp-folder.ts';

const upstream = (keys: string, top = '', target = 'target "127.0.0.1:1"') =>
  `${top}\nlisteners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { upstream "u" } }\nupstreams { upstream "u" { ${target}; ${keys} } }`;
const route = (keys: string) =>
  `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { ${keys} } }\nupstreams { upstream "u" { target "127.0.0.1:1" }; upstream "v" { target "127.0.0.1:2" } }`;

function said(kdl: string): string[] {
  using folder = tempFolder({ secret: 'x' });
  return loadText('t.kdl', kdl, { cwd: folder.path }).problems.map(({ code, what, hint }) =>
    hint === undefined ? `${code}: ${what}` : `${code}: ${what} -> ${hint}`,
  );
}

const sticky = 'load-balancing "sticky"; sticky { secret-file "secret"';

test('a parameter that the algorithm does not read is refused', () => {
  assert.deepEqual(said(upstream('hash { by "path" }')), [
    'config-conflict: \'hash\' has an effect only with load-balancing "consistent-hash" or "maglev" -> remove it, or write: load-balancing "consistent-hash"',
  ]);
  const rows = [
    ['measuring { decay-secs 3 }', 'measuring'],
    ['locality { max-in-flight 3 }', 'locality'],
    ['subset { size 3 }', 'subset'],
    ['tokens { bytes-per-token 3 }', 'tokens'],
    ['sticky { secret-file "secret" }', 'sticky'],
  ] as const;
  for (const [keys, block] of rows)
    assert.match(said(upstream(keys)).join(), new RegExp(`^config-conflict: '${block}' has an effect only with`));
  assert.deepEqual(said(upstream('hash { by "client" }; subset { size 10 }')), [], 'as show writes them');
  assert.deepEqual(said(upstream(`${sticky}; fallback "maglev" }; hash { by "path" }`)), []);
  assert.match(said(upstream('target "127.0.0.1:2" zone="a"')).join(), /config-conflict: 'zone' has an effect only/);
  assert.match(
    said(upstream('load-balancing "maglev"; hash { max-load-percent 150 }')).join(),
    /^config-conflict: 'max-load-percent' has no effect/,
  );
});

test('what an algorithm needs is asked for', () => {
  assert.deepEqual(said(upstream('load-balancing "sticky"')), [
    'config-missing-key: \'sticky\' needs a secret to sign its cookie with -> add: sticky { secret-file "…" }, a file with some 32 random characters',
  ]);
  assert.match(
    said(upstream('load-balancing "locality_aware"')).join(),
    /^config-missing-key: .* -> add: system \{ zone/,
  );
  assert.deepEqual(said(upstream('load-balancing "locality_aware"', 'system { zone "a" }')), []);
  assert.match(
    said(upstream('load-balancing "maglev"; hash { by "cookie" }')).join(),
    /^config-missing-key: 'hash' does not say which cookie it is by/,
  );
  assert.match(
    said(upstream('load-balancing "maglev"; hash { by "path"; of "x" }')).join(),
    /^config-conflict: 'of' has no effect with by "path"/,
  );
  assert.match(said(upstream(`${sticky}; same-site "none" }`)).join(), /^config-conflict: browsers drop a cookie/);
  assert.deepEqual(said(upstream(`${sticky}; same-site "none"; secure "always" }`)), []);
});

test('somebody must get the requests', () => {
  assert.match(
    said(upstream('', '', 'target "127.0.0.1:1" weight=0')).join(),
    /^config-bad-value: no target has a weight/,
  );
  assert.deepEqual(said(upstream('target "127.0.0.1:2" weight=0')), []);
  assert.match(
    said(route('split { upstream "u" weight=0; upstream "v" weight=0 }')).join(),
    /^config-bad-value: no upstream of the split/,
  );
});

test('splits and mirrors name upstreams that are there, each once, and are what a route does', () => {
  assert.deepEqual(said(route('split { upstream "u" weight=9; upstream "v" }')), []);
  assert.deepEqual(said(route('upstream "u"; mirror { upstream "v" }')), []);
  assert.match(
    said(route('split { upstream "u"; upstream "u" }; mirror { upstream "v" }')).join(),
    /^config-duplicate-name/,
  );
  assert.match(
    said(route('split { upstream "u"; upstream "w" }; mirror { upstream "v" }')).join(),
    /^config-unknown-name: route "r" names upstream "w"/,
  );
  assert.match(
    said(route('split { upstream "v" }; upstream "u"')).join(),
    /^config-conflict: route "r" has both an upstream and a split/,
  );
  assert.match(
    said(route('builtin-handler "health"; mirror { upstream "u" }')).join(),
    /^config-conflict: there are no requests to mirror/,
  );
  assert.deepEqual(said(route('split { upstream "u"; upstream "v" }; rewrite { strip-prefix "/a" }')), []);
});
