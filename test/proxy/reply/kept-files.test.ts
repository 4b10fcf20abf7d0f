// What is kept of small files: for a second, and within its bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileLimits } from '#config/limits';
import { KeptFiles } from '../../../proxy/reply/kept-files.ts';
import type { ServedFile } from '../../../proxy/reply/served-file.ts';

const file = (size: number): ServedFile => ({
  etag: '"x"',
  modifiedMs: 0,
  size,
  stamp: 's',
  lines: [],
  text: '',
  unchangedLines: [],
  body: undefined,
  open: undefined,
});

test('it is believed for a moment, then only known', () => {
  const kept = new KeptFiles();
  const one = file(1);
  kept.keep('a', one, 1000);
  assert.equal(kept.fresh('a', 1000 + fileLimits.keptForMs - 1), one);
  assert.equal(kept.fresh('a', 1000 + fileLimits.keptForMs), undefined);
  assert.equal(kept.last('a'), one);
  kept.drop('a');
  assert.deepEqual([kept.last('a'), kept.bytes, kept.count], [undefined, 0, 0]);
});

test('many files and large ones push out the oldest', () => {
  const kept = new KeptFiles();
  for (let at = 0; at < 2 * fileLimits.keptFilesMax; at += 1) kept.keep(`${at}`, file(1), 0);
  assert.deepEqual([kept.count, kept.bytes], [fileLimits.keptFilesMax, fileLimits.keptFilesMax]);
  assert.equal(kept.last('0'), undefined);
  for (let at = 0; at < 1000; at += 1) kept.keep(`large ${at % 300}`, file(fileLimits.smallFileBytesMax), 0);
  assert(kept.bytes <= fileLimits.keptBytesMax);
});
