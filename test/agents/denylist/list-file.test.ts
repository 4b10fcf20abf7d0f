// A list in a file: an entry a line, taken wholly or refused with its lines.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readListFile } from '../../../agents/denylist/list-file.ts';
import type { FileKind } from '../../../agents/denylist/model.ts';
import { temporaryFolder } from '../support.ts';

async function read(kind: FileKind, text: string) {
  await using folder = await temporaryFolder();
  const path = folder.file('list');
  await writeFile(path, text);
  const reading = await readListFile(kind, path);
  return reading.ok ? reading : { ...reading, problems: reading.problems.map((one) => one.replaceAll(path, 'list')) };
}

test('entries, comments, empty lines and the line ends of other systems', async () => {
  const reading = await read('paths', '# of today\r\n/admin\r\n\r\n  /a//b/\n/c');
  assert(reading.ok);
  assert.equal(reading.entries, 3);
  assert.deepEqual([...reading.lists.paths], ['/admin', '/a/b', '/c']);
});

test('each kind', async () => {
  const networks = await read('networks', '10.0.0.0/8\n2001:db8::/32\n');
  assert(networks.ok && networks.lists.networks.has('10.1.2.3'));
  const userAgents = await read('user-agents', 'sqlmap\nnikto\n');
  assert(userAgents.ok && userAgents.lists.userAgents?.test('x NIKTO y'));
  const patterns = await read('patterns', '^/wp-\n');
  assert(patterns.ok && patterns.lists.patterns[0]?.test('/wp-login'));
});

test('what is wrong is told by its line, all of it', async () => {
  const reading = await read('networks', '10.0.0.0/8\n10.0.0.1/8\n# fine\nx\n');
  assert(!reading.ok);
  assert.deepEqual(reading.problems, [
    "list:2: '10.0.0.1/8' has bits set behind its prefix length [agent-config]",
    "list:4: 'x' is not an IP address or network [agent-config]",
  ]);
  const patterns = await read('patterns', '(?=x)');
  assert(!patterns.ok);
  assert.match(patterns.problems[0] ?? '', /^list:1: '\(\?=x\)' is not an RE2 expression/);
  const many = await read('patterns', 'a\n'.repeat(501));
  assert(!many.ok);
  assert.match(many.problems[0] ?? '', /501 entries are more than the 500 allowed/);
});

test('a file that is not there is a problem and no exception', async () => {
  const reading = await readListFile('paths', '/nowhere/list');
  assert(!reading.ok);
  assert.match(reading.problems[0] ?? '', /cannot be read: ENOENT/);
});
