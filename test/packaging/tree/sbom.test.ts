// The list for machines: complete, without dangling references, the same twice.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readParts } from '../../../packaging/tree/notices.ts';
import { sbom } from '../../../packaging/tree/sbom.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const parts = readParts(root, ['execa', '@grpc/grpc-js', 're2', 're2/vendor/re2']);
const text = sbom({ version: '1.2.3', epochSecs: 0 }, parts, {
  node: '26.10.0',
  openssl: '3.5.8',
  ngtcp2: '',
  modules: '147',
});

test('Node, its OpenSSL, packages and what is compiled into them, each with a version and a place in the tree', () => {
  const { components, dependencies, metadata } = JSON.parse(text);
  const names = components.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ['node', 'openssl', 'execa', '@grpc/grpc-js', 're2', 're2/vendor/re2']);
  const refs = new Set([metadata.component, ...components].map((one) => one['bom-ref']));
  assert.equal(refs.size, components.length + 1, 'no reference twice');
  for (const { ref, dependsOn } of dependencies) for (const one of [ref, ...dependsOn]) assert(refs.has(one), one);
  assert.match(components[2].hashes[0].content, /^[\da-f]{128}$/);
  assert.equal(components[3].purl, `pkg:npm/%40grpc/grpc-js@${parts[1]?.version}`);
});

test('nothing in it depends on when it was made', () => {
  assert.equal(JSON.parse(text).metadata.timestamp, '1970-01-01T00:00:00.000Z');
  assert(!text.includes('serialNumber'));
});
