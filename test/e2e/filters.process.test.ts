// A route's filters, on the whole stack: agents are asked on the routes that name them, in the order named, and on no other.

import assert from 'node:assert/strict';
import { effect } from '../support/effect.ts';
import { startStack } from './up-stack.ts';

const agent = (name: string) => `agent "${name}" {
  use "denylist"; transport { unix-socket "${name}.sock" }; events "request-headers"
  timeout-ms 5000; failure-mode "closed"
  config { paths "/a/no" "/b/no" }
}`;
const route = (name: string, filters: string) =>
  `route "${name}" { matches { path-prefix "/${name}" }; builtin-handler "status"; ${filters} }`;

effect('routes.route.filters', async () => {
  await using stack = await startStack({
    system: 'worker-threads 1',
    config: `agents { ${agent('one')}; ${agent('two')} }
filters { filter "first" { agent "one" }; filter "second" { agent "two" } }
routes { ${route('a', 'filters "first" "second"')}; ${route('b', '')} }`,
  });
  const url = await stack.url();
  const statuses = [];
  for (const path of ['/a/yes', '/a/no', '/b/no']) statuses.push((await fetch(`${url}${path}`)).status);
  assert.deepEqual(statuses, [200, 403, 200]);
  const asked = async (path: string) => {
    const line = await stack.find((one) => one['path'] === path && one['status'] !== undefined, `the line of ${path}`);
    return ((line['agents'] ?? []) as Array<{ name: string; decision: string }>).map(
      (one) => `${one.name} ${one.decision}`,
    );
  };
  assert.deepEqual(await asked('/a/yes'), ['one allow', 'two allow']);
  assert.deepEqual(await asked('/a/no'), ['one block'], 'the first that blocks ends the asking');
  assert.deepEqual(await asked('/b/no'), []);
});
