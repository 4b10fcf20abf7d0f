// Files that include others, and sections of Apache.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathFrom, type RuleFiles } from '../../../../agents/waf/compile/expand.ts';
import { complaintsOf, rulesOf } from './support.ts';

function filesOf(texts: Readonly<Record<string, string>>): RuleFiles {
  return {
    read: () => undefined,
    include: (pattern) =>
      Object.entries(texts)
        .filter(([file]) => file.startsWith(pattern.replace('*', '')))
        .map(([file, text]) => ({ file, text })),
  };
}

const ids = (text: string, texts: Readonly<Record<string, string>> = {}) =>
  rulesOf(text, filesOf(texts)).map(({ id }) => id);

test('files stand where they are included, relative to the file that names them', () => {
  const texts = { 'a/one.conf': 'SecAction id:2\nInclude two.conf', 'a/two.conf': 'SecAction id:3' };
  assert.deepEqual(ids('SecAction id:1\nInclude a/one.conf\nSecAction id:4', texts), [1, 2, 3, 4]);
  assert.equal(pathFrom('/etc/a/b.conf', 'c/*.conf'), '/etc/a/c/*.conf');
  assert.equal(pathFrom('/etc/a/b.conf', '/c'), '/c');
});

test('no file is a mistake, unless it is optional', () => {
  assert.deepEqual(complaintsOf('Include a.conf'), [
    "1:9 there is no file 'a.conf' [rule-file-unusable]; looked for a.conf",
  ]);
  assert.deepEqual(complaintsOf('IncludeOptional a.conf\nInclude'), [
    '2:1 Include takes the name of a file, or a pattern [rule-syntax]; as in: Include rules/*.conf',
  ]);
});

test('files that include each other are not read for ever', () => {
  const loop = filesOf({ 'a.conf': 'Include b.conf', 'b.conf': 'Include a.conf' });
  assert.deepEqual(complaintsOf('Include a.conf', loop), [
    '1:1 a.conf includes itself [rule-file-unusable]; test.conf, which includes a.conf, which includes b.conf',
  ]);
  const deep = filesOf(
    Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}.conf`, `Include ${index + 1}.conf`])),
  );
  assert.match(complaintsOf('Include 0.conf', deep)[0] ?? '', /files include each other 16 deep \[rule-too-large\]/);
});

test('a section for ModSecurity is read, one for its absence is not, all others are refused', () => {
  assert.deepEqual(
    ids(
      '<IfModule security2_module>\nSecAction id:1\n</IfModule>\n<IfModule !mod_security2.c>\nSecAction id:2\n</IfModule>\n<IfModule mod_x.c>\nSecAction id:3\n</IfModule>\nSecAction id:4',
    ),
    [1, 4],
  );
  assert.match(
    complaintsOf('<Location /a>\nSecAction id:1\n')[0] ?? '',
    /^1:1 sections of Apache such as '<Location' are not supported \[rule-not-supported\]/,
  );
});
