// Every fault has its rule and is met by a row of the corpus, so none is a word without a check behind it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeOfFault, type Fault, faults } from '../../../proxy/http1/faults.ts';
import { refusals } from '../../../proxy/reply/refusals.ts';
import { malformedRequests } from './malformed.ts';
import { malformedReplies } from './malformed-replies.ts';

const byNormalizing: readonly Fault[] = ['bad-path', 'path-above-root']; // request/normalize.test.ts

test('each fault is met, and each code is a refusal', () => {
  const met = new Set<Fault>([
    ...[...malformedRequests, ...malformedReplies].map(([, fault]) => fault),
    ...byNormalizing,
  ]);
  assert.deepEqual(
    Object.keys(faults).filter((fault) => !met.has(fault as Fault)),
    [],
  );
  for (const fault of met) assert(codeOfFault(fault) in refusals, fault);
});

test('the page about strictness has every fault with its rule, in their order', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/strictness.md'), 'utf8');
  const rows = Object.entries(faults).map(([fault, [code, rule]]) => `| \`${fault}\` | \`${code}\` | ${rule} |`);
  assert(page.includes(`\n${rows.join('\n')}\n\n`), rows.filter((row) => !page.includes(row)).join('\n'));
});
