// The order of rule files.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { debianCrs } from '#config/rule-files';
import { rulePaths } from '../../../agents/waf/rule-places.ts';
import { folderWith } from './agent-support.ts';

test('a folder of rules in the order of names; files and patterns as they stand', async () => {
  await using folder = await folderWith({ 'b.conf': '', 'a.conf': '', 'c.data': '' });
  const [a, b] = ['a.conf', 'b.conf'].map((name) => join(folder.path, name));
  assert.deepEqual(await rulePaths([folder.path]), [a, b]);
  assert.deepEqual(await rulePaths(['/x/*.conf', folder.path]), ['/x/*.conf', a, b]);
  assert.deepEqual(await rulePaths(['/nothing/here']), ['/nothing/here']);
});

test('a folder that is laid out as CRS, with plugins around the rules', async () => {
  await using folder = await folderWith({ 'crs-setup.conf.example': '' });
  const put = async (...names: string[]) => {
    const path = join(folder.path, ...names);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, '');
    return path;
  };
  const rule = await put('rules', 'REQUEST-901.conf');
  const [after, before, config] = [
    await put('plugins', 'x-after.conf'),
    await put('plugins', 'x-before.conf'),
    await put('plugins', 'x-config.conf'),
  ];
  const example = join(folder.path, 'crs-setup.conf.example');
  assert.deepEqual(await rulePaths([folder.path]), [example, config, before, rule, after]);
  const setup = await put('crs-setup.conf');
  assert.equal((await rulePaths([folder.path]))[0], setup);
});

test("Debian's package: its setup and what an administrator adds lie elsewhere", {
  skip: !existsSync(debianCrs.settings) && 'modsecurity-crs is not installed',
}, async () => {
  const names = (await rulePaths([debianCrs.rules])).map((path) => basename(path));
  assert.equal(names[0], 'crs-setup.conf');
  assert.equal(names.at(-1), 'RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf');
  assert(
    names.indexOf('REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf') < names.indexOf('REQUEST-901-INITIALIZATION.conf'),
  );
});
