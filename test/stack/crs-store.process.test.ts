// Installing Core Rule Sets: what is taken, what is refused, and that a refusal changes nothing.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { installCrs, listCrs, NotInstalled, rollBackCrs, useCrs } from '../../stack/crs-store.ts';
import { archiveOf, crs } from '../support/crs-archive.ts';
import { folderWith } from '../support/terminal.ts';

const none = { sha256: undefined, signature: undefined, keyring: undefined };
const refusal = (expression: RegExp) => (error: unknown) =>
  error instanceof NotInstalled && expression.test(error.complaint.what);

test('archives that are not what they should be', async () => {
  await using folder = await folderWith({ 'noise.tar.gz': 'noise' });
  const home = join(folder.path, 'home');
  const install = (archive: string, proof = none) => installCrs(home, archive, proof);
  await assert.rejects(install(join(folder.path, 'nothing')), refusal(/^cannot read/));
  await assert.rejects(install(join(folder.path, 'noise.tar.gz')), refusal(/cannot be taken apart/));
  await assert.rejects(
    install(await archiveOf(folder.path, 'links', crs('4.1.0'), true)),
    refusal(/neither file nor folder/),
  );
  await assert.rejects(
    install(await archiveOf(folder.path, 'other', { 'rules/a.conf': '' })),
    refusal(/no Core Rule Set/),
  );
  await assert.rejects(
    install(await archiveOf(folder.path, 'nameless', { 'rules/REQUEST-901-INITIALIZATION.conf': '' })),
    refusal(/which version/),
  );
  await assert.rejects(
    install(await archiveOf(folder.path, 'broken', crs('4.2.0', 'SecRule ARGS "@nope x" "id:1,phase:1,deny"'))),
    (error) => error instanceof NotInstalled && error.problems[0]?.code === 'rule-unknown-word',
  );
  assert.deepEqual(await readdir(home), []); // nothing is left of any of them
});

test('sums and signatures', async () => {
  await using folder = await folderWith({ 'no.sig': 'x', 'no.key': 'y' });
  const home = join(folder.path, 'home');
  const archive = await archiveOf(folder.path, 'a', crs('4.28.0'));
  await assert.rejects(installCrs(home, archive, { ...none, sha256: '00' }), refusal(/its SHA-256 is [0-9a-f]{64}$/));
  const [signature, keyring] = [join(folder.path, 'no.sig'), join(folder.path, 'no.key')];
  await assert.rejects(installCrs(home, archive, { ...none, signature }), refusal(/worth what its key is worth/));
  await assert.rejects(installCrs(home, archive, { ...none, signature, keyring }), refusal(/signature does not hold/));
  const sha256 = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex');
  assert.equal((await installCrs(home, archive, { ...none, sha256: sha256.toUpperCase() })).version, '4.28.0');
  await assert.rejects(installCrs(home, archive, none), refusal(/installed already/));
});

test('from the network: with a proof alone', async () => {
  await using folder = await folderWith({});
  const home = join(folder.path, 'home');
  const bytes = await readFile(await archiveOf(folder.path, 'a', crs('4.28.0')));
  const server = createServer((request, response) =>
    response.writeHead(request.url === '/a' ? 200 : 404).end(bytes),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await assert.rejects(installCrs(home, `${url}/a`, none), refusal(/needs a proof/));
    await assert.rejects(installCrs(home, `${url}/b`, { ...none, sha256 }), refusal(/answered 404/));
    assert.equal((await installCrs(home, `${url}/a`, { ...none, sha256 })).version, '4.28.0');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('versions that are not there', async () => {
  await using folder = await folderWith({});
  await assert.rejects(useCrs(folder.path, '1.0'), refusal(/not installed/));
  await assert.rejects(useCrs(folder.path, '../..'), refusal(/not installed/));
  await assert.rejects(rollBackCrs(folder.path), refusal(/no version before/));
  assert.deepEqual(await listCrs(folder.path), []);
});
