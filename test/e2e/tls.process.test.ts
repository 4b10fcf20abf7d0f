// TLS of a whole stack: its workers resume each other's sessions.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Authority } from '../support/certificates.ts';
import { askSecurely, lastGet } from '../support/tls-client.ts';
import { startStack } from './up-stack.ts';

test('a session is resumed at whichever worker the connection lands, and after both were replaced', async () => {
  const authority = new Authority();
  const { cert, key } = authority.issue();
  await using stack = await startStack({
    wholeConfig: `listeners { listener "http" { address "127.0.0.1:0"; protocol "https"; tls { cert-file "a.pem"; key-file "a.key" } } }
routes { route "r" { builtin-handler "status" } }`,
    system: 'worker-threads 2',
    files: { 'a.pem': cert + authority.cert, 'a.key': key },
  });
  const port = Number(new URL(await stack.url()).port);
  const ca = authority.cert;
  const { session } = await askSecurely(port, lastGet(), { ca });
  assert(session !== undefined);
  // The kernel shares connections out by their ports, which differ: that all of 24 land at one of two has a chance of 1e-7.
  for (let turn = 0; turn < 24; turn += 1)
    assert.equal((await askSecurely(port, lastGet(), { ca, session })).isResumed, true);
  for (const pid of [...stack.pidsOf('proxy/1'), ...stack.pidsOf('proxy/2')]) process.kill(pid, 'SIGKILL');
  const isBack = () => stack.count('child-ready', 'proxy/1') === 2 && stack.count('child-ready', 'proxy/2') === 2;
  await stack.find(isBack, 'both workers to be ready again');
  assert.equal((await askSecurely(port, lastGet(), { ca, session })).isResumed, true);
});

test('a reload with a certificate that cannot be used is refused, and the one before stays', async () => {
  const authority = new Authority();
  const { cert, key } = authority.issue();
  await using stack = await startStack({
    wholeConfig: `listeners { listener "http" { address "127.0.0.1:0"; protocol "https"; tls { cert-file "a.pem"; key-file "a.key" } } }
routes { route "r" { builtin-handler "status" } }`,
    system: 'worker-threads 1',
    files: { 'a.pem': cert + authority.cert, 'a.key': key, 'b.pem': 'no certificate', 'b.key': key },
  });
  const port = Number(new URL(await stack.url()).port);
  const file = join(stack.folder, 'sentinel.kdl');
  const good = await readFile(file, 'utf8');
  await writeFile(file, good.replaceAll('a.pem', 'b.pem'));
  stack.kill('SIGHUP');
  const refused = await stack.find(({ event }) => event?.startsWith('reload-') === true, 'the end of the reload');
  assert.equal(refused.event, 'reload-refused');
  assert.match(JSON.stringify(refused), /b\.pem/);
  assert.match((await askSecurely(port, lastGet(), { ca: authority.cert })).answer, /^HTTP\/1\.1 200 /);
  assert.equal(stack.pidsOf('proxy/1').length, 1);
});
