// Whose work is in a package: read from the packages, refused where one does not say it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyrightFile, readParts, vendoredParts } from '../../../packaging/tree/notices.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..', '..');

test('name, version, licence and holder of packages, and of what the addon is compiled from', () => {
  const [execa, ...vendored] = readParts(root, ['execa', ...vendoredParts]);
  assert.equal(execa?.license, 'MIT');
  assert.match(execa.copyright, /^Copyright .*Sindre/);
  assert.match(execa.integrity ?? '', /^sha512-/);
  assert.deepEqual(
    vendored.map(({ license }) => license),
    ['BSD-3-Clause', 'Apache-2.0'],
  );
  for (const { version, text } of vendored) assert(/^\d/.test(version) && text.length > 500);
});

test('a package without a licence is refused', () => {
  using folder = tempFolder({
    'package-lock.json': '{"packages":{}}',
    'node_modules/a/package.json': '{"version":"1.0.0"}',
  });
  assert.throws(() => readParts(folder.path, ['a']), /a says its version and its licence/);
});

test('the copyright file has each part with its whole licence, as a field', () => {
  const text = copyrightFile(readParts(root, ['execa', '@grpc/grpc-js']), 'Node is\n\nlicensed');
  assert.match(text, /^Files: node_modules\/execa\/\*\nComment: execa [\d.]+\nCopyright: .*\nLicense: MIT-execa$/m);
  assert.match(text, /^License: MIT-execa\n MIT License\n \.\n/m);
  assert.match(text, /^Files: node_modules\/@grpc\/grpc-js\/\*\n.*\n.*\nLicense: Apache-2\.0$/m);
  assert.match(text, /^License: Node\n Node is\n \.\n licensed$/m);
});
