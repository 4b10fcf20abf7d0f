// Texts come back the same from a seed, and the corpus gives some where it lies beside the clone.

import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { attackText, corpusTexts, markupText, plainText, seeded } from '../../../packaging/sqli/texts.ts';

test('a seed makes the same texts, another seed others', () => {
  for (const make of [attackText, markupText, plainText]) {
    const some = (seed: number): string[] => {
      const random = seeded(seed);
      return Array.from({ length: 20 }, () => make(random));
    };
    assert.deepEqual(some(1), some(1));
    assert.notDeepEqual(some(1), some(2));
  }
});

test('texts of requests, decoded, each once, ASCII only', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'texts-'));
  await mkdir(join(folder.path, 'a'));
  const yaml = 'input:\n  uri: "/get?x=1%27+or+1&y=%c3%a9"\n  data: q=1%27+or+1\n  method: GET\n';
  await writeFile(join(folder.path, 'a/1.yaml'), yaml);
  assert.deepEqual(corpusTexts(folder.path), ['/get', "1' or 1"]);
  assert.deepEqual(corpusTexts(join(folder.path, 'none')), []);
});
