// kdljs, another implementation of KDL, reads everything that we read, and reads it alike: every example, and random
// documents that use the whole grammar. A difference is a bug of one of the three readers involved.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Node as KdljsNode, parse as parseByKdljs } from 'kdljs';
import { mend } from '#config/mend';
import { makeSource } from '#config/source';
import { documents, type Meaning, meaningOf } from '../support/kdl.ts';

interface Plain {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly properties: Readonly<Record<string, unknown>>;
  readonly children: readonly Plain[];
}

const theirs = ({ name, values, properties, children }: KdljsNode): Plain => ({
  name,
  args: values,
  properties: { ...properties },
  children: children.map(theirs),
});

const ours = ({ name, args, properties, children = [] }: Meaning): Plain => ({
  name,
  args,
  properties: Object.fromEntries(properties),
  children: children.map(ours),
});

function assertReadAlike(text: string): void {
  const meaning = meaningOf(text);
  const { output = [], errors } = parseByKdljs(mend(makeSource('test.kdl', text)).text);
  assert.deepEqual(errors, []);
  assert.deepEqual(output.map(theirs), (meaning as readonly Meaning[]).map(ours));
}

const config = join(import.meta.dirname, '..', '..', 'config');

for (const file of globSync(['default.kdl', 'examples/*.kdl'], { cwd: config })) {
  test(`kdljs and our reader agree on ${file}`, () => assertReadAlike(readFileSync(join(config, file), 'utf8')));
}

test('property: kdljs and our reader agree on random documents', () => {
  fc.assert(fc.property(documents, assertReadAlike), { numRuns: 200 });
});

test('a number in base 16 before a semicolon does not swallow what follows', () => assertReadAlike('a 0x1F;b 2'));
