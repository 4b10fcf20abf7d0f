// The configuration in effect and the one on trial: what is refused has changed nothing, what is taken is in effect.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { configure } from '../../stack/configured.ts';

const site = (more = '', address = '127.0.0.1:0') =>
  `listeners { listener "a" { address "${address}" } }; routes { route "r" { builtin-handler "status" } }; ${more}`;

async function standing() {
  const disk = { text: site() };
  const load = () => loadText('test.kdl', disk.text);
  const around = {
    root: '/r',
    node: '/n',
    runtimeDir: '/run/s',
    path: '',
    folder: '/',
    ticketSecret: '',
    startupMs: undefined,
    generation: 1,
  };
  const loaded = load();
  assert(loaded.ok);
  const result = await configure({ load, override: ({ config }) => config, around }, loaded, {});
  assert(result.ok, JSON.stringify(result));
  const { configured } = result;
  return { disk, configured, [Symbol.dispose]: () => configured.closeSockets() };
}

test('another file: said in a line for each difference, and in effect once it is taken', async () => {
  using one = await standing();
  const { configured, disk } = one;
  const before = configured.status.sha256;
  disk.text = site('system { worker-threads 2 }');
  const prepared = await configured.prepare([process.pid]);
  assert(prepared.ok);
  assert.deepEqual(prepared.changes, ['~ system: worker-threads 0 -> 2']);
  assert.equal(configured.status.sha256, before);
  configured.settle(true);
  assert.notEqual(configured.status.sha256, before);
  assert.equal(configured.config.system.workerThreads, 2);
});

test('an address that stays keeps its sockets, and one that is not taken after all is closed', async () => {
  using one = await standing();
  const { configured, disk } = one;
  const [address] = configured.plan.listening['a'] ?? [];
  disk.text = site('', '127.0.0.1:0').replace('listeners {', 'listeners { listener "b" { address "127.0.0.1:0" };');
  const prepared = await configured.prepare([process.pid]);
  assert(prepared.ok);
  assert.equal(prepared.plan.listening['b']?.length, 1);
  assert.deepEqual(Object.keys(prepared.plan.listening).toSorted(), ['a', 'b']);
  configured.settle(false);
  assert.deepEqual(configured.plan.listening, { a: [address] });
  disk.text = site();
  const back = await configured.prepare([process.pid]);
  assert(back.ok);
  assert.deepEqual(back.plan.listening, { a: [address] });
  configured.settle(true);
});

test('a file with errors, and an address that nobody can have', async () => {
  using one = await standing();
  const { configured, disk } = one;
  disk.text = 'nonsense here';
  assert.partialDeepStrictEqual(await configured.prepare([]), { ok: false, complaint: { code: 'reload-refused' } });
  disk.text = site('', '203.0.113.1:81');
  assert.partialDeepStrictEqual(await configured.prepare([]), {
    ok: false,
    complaint: { code: 'listen-address-unusable' },
  });
});
