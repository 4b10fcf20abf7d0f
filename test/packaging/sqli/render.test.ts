// The files of the tree are those that the tables make: rendered again, nothing changes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sqlFingerprints } from '../../../agents/waf/operator/sqli-fingerprints.ts';
import { sqlWords } from '../../../agents/waf/operator/sqli-words.ts';
import { fingerprintsFile, wordsFile } from '../../../packaging/sqli/render.ts';

const textOf = (name: string) => readFileSync(join(import.meta.dirname, '../../../agents/waf/operator', name), 'utf8');

test('fingerprints', () => assert.equal(fingerprintsFile(sqlFingerprints), textOf('sqli-fingerprints.ts')));
test('words', () => assert.equal(wordsFile(sqlWords), textOf('sqli-words.ts')));
