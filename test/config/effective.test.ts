// The configuration written out again: read back, it is the same configuration, and secrets never come out.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { asData, type Effective, effective, values } from '#config/effective';
import { type Loaded, loadConfig, loadText } from '#config/load';

const top = `
system { worker-threads 2; graceful-shutdown-timeout-ms 1500 }
listeners { listener "http" { address "127.0.0.1:0" "[::1]:0"; limits { max-header-bytes 5000 } } }
defaults { route { policies { timeout-secs 5 } } }
routes {
  route "api" {
    matches { path-prefix "/api"; path-regex "\\\\d" }
    upstream "shop"
    filters "screen"
    policies { request-headers { set { X-From "a \\"b\\"" }; remove "X-Debug" } }
  }
}`;
const rest = `
upstreams { upstream "shop" { target "127.0.0.1:81" weight=3; target "unix:/run/shop.sock" } }
agents {
  agent "screen" {
    command "/bin/agent" "--flag"
    transport { unix-socket "s.sock" }
    events "request-headers"
    failure-mode "closed"
    env { TOKEN "\${TOKEN}" }
    config { list "a" "b"; single "a"; nested { deep #true; none #null }; each { - 1; - 2 }; "odd key" 1 }
  }
}
filters { filter "screen" { agent "screen" } }`;

function load(text: string): Loaded {
  const loaded = loadText('test.kdl', text, { environment: { TOKEN: 'hush', API: 'x' } });
  assert(loaded.ok, loaded.problems.map(({ what }) => what).join('\n'));
  return loaded;
}

const written = (entries: readonly Effective[]): string =>
  entries
    .map((entry) => (entry.kind === 'value' ? entry.line : `${entry.line} {\n${written(entry.entries)}\n}`))
    .join('\n');

test('what is written out reads back as the same configuration', () => {
  const first = load(top + rest);
  const text = written(effective(first.config, first.origins));
  const again = load(text.replace('"***"', '"${TOKEN}"'));
  assert.deepEqual(JSON.parse(JSON.stringify(again.config)), JSON.parse(JSON.stringify(first.config)));
});

test('repeated keys are written with all their values, and two of one name stay two', () => {
  const headers = 'header "X-A" "1" "2"; header "X-A" regex="^v"; header "X-B"; source "::/0"';
  const route = `route "a" { matches { ${headers} }; redirect { to "/x" }; access-log "off" }`;
  const text = `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { ${route} }`;
  const first = load(text);
  const entries = effective(first.config, first.origins);
  const lines = values(entries).filter(({ key }) => key === 'header');
  assert.deepEqual(
    lines.map(({ path, line }) => `${path}: ${line}`),
    [
      'routes.a.matches.header.X-A: header "X-A" "1" "2"',
      'routes.a.matches.header.X-A.2: header "X-A" regex="^v"',
      'routes.a.matches.header.X-B: header "X-B"',
    ],
  );
  assert.deepEqual(load(written(entries)).config, first.config);
});

test('of a file that was read, the path is shown and never the text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-effective-'));
  try {
    writeFileSync(join(folder, 'page.html'), 'inside');
    const route = 'route "a" { builtin-handler "status"; error-pages { "5xx" "page.html" } }';
    writeFileSync(join(folder, 'a.kdl'), `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { ${route} }`);
    const loaded = loadConfig('a.kdl', { cwd: folder });
    assert(loaded.ok);
    const [pages] = values(effective(loaded.config, loaded.origins)).filter(({ key }) => key === 'error-pages');
    assert.deepEqual([pages?.line, pages?.data], ['error-pages { "5xx" "page.html" }', { '5xx': 'page.html' }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every value has its path and its origin', () => {
  const { config, origins } = load(top + rest);
  const byPath = new Map(values(effective(config, origins)).map((value) => [value.path, value]));
  const told = (path: string) => {
    const value = byPath.get(path);
    return `${value?.line} (${value?.origin.kind})`;
  };
  assert.equal(told('system.graceful-shutdown-timeout-secs'), 'graceful-shutdown-timeout-secs "1500ms" (file)');
  assert.equal(told('routes.api.policies.timeout-secs'), 'timeout-secs 5 (defaults)');
  assert.equal(told('routes.api.priority'), 'priority 50 (default)');
  assert.equal(told('listeners.http.limits.max-header-bytes'), 'max-header-bytes "5000B" (file)');
  assert.equal(told('upstreams.shop.target.127.0.0.1:81'), 'target "127.0.0.1:81" weight=3 (file)');
  assert.deepEqual(byPath.get('agents.screen.env')?.line, 'env { TOKEN "***" }');
});

test('as data: named things by name, durations in the unit of the key, repeated keys as a list', () => {
  const { config, origins } = load(top + rest);
  const data = JSON.parse(JSON.stringify(asData(effective(config, origins))));
  assert.equal(data.routes.api.policies['timeout-secs'], 5);
  assert.equal(data.system['graceful-shutdown-timeout-secs'], 1.5);
  assert.deepEqual(data.upstreams.shop.target, [
    { address: '127.0.0.1:81', weight: 3 },
    { address: 'unix:/run/shop.sock', weight: 1 },
  ]);
  assert.deepEqual(data.agents.screen.config, {
    list: ['a', 'b'],
    single: 'a',
    nested: { deep: true, none: null },
    each: [1, 2],
    'odd key': 1,
  });
});

test('a secret does not come out in any form', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-effective-'));
  try {
    writeFileSync(join(folder, 'token'), 'hush-hush\n', { mode: 0o600 });
    writeFileSync(join(folder, 'a.kdl'), `admin { address "127.0.0.1:0"; token-file "token" }\n${top}${rest}`);
    const loaded = loadConfig(join(folder, 'a.kdl'), { environment: { TOKEN: 'hush' } });
    assert(loaded.ok);
    assert.equal(loaded.config.admin.token?.reveal(), 'hush-hush');
    const entries = effective(loaded.config, loaded.origins);
    const shown = [written(entries), JSON.stringify(asData(entries)), JSON.stringify(loaded.config)].join();
    assert(!shown.includes('hush'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
