// Our parsers beside llhttp's strict mode: every row of the corpora, everything the fuzzer ever found, and a few thousand
// cases of a fixed seed. `make fuzz` goes on from there for as long as one likes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { malformedRequests } from '../proxy/http1/malformed.ts';
import { malformedReplies } from '../proxy/http1/malformed-replies.ts';
import { unusualReplies, unusualRequests } from '../proxy/http1/unusual.ts';
import { classNames, compare, type Difference } from './differences.ts';
import { caseOf } from './generate.ts';
import { Random } from './random.ts';
import { type Kind, kinds } from './reading.ts';
import { shrink } from './shrink.ts';

interface Found {
  readonly kind: Kind;
  readonly bytes: string;
  readonly why: string;
}

const found: readonly Found[] = JSON.parse(readFileSync(join(import.meta.dirname, 'seeds.json'), 'utf8'));
const met = new Set<string>();

function explained(kind: Kind, text: string, why: string, pieces: readonly number[] = []): Difference | undefined {
  const difference = compare(kind, Buffer.from(text, 'latin1'), pieces);
  if (difference === undefined) return undefined;
  assert(difference.name !== undefined, `${why}: ${difference.direction}: ${difference.what}: ${JSON.stringify(text)}`);
  met.add(`${difference.direction}: ${difference.name}`);
  return difference;
}

test('what was found before stays explained, whole and byte by byte', () => {
  for (const { kind, bytes, why } of found) {
    assert(kinds.includes(kind), kind);
    explained(kind, bytes, why);
    explained(kind, bytes, why, new Array<number>(bytes.length).fill(1));
  }
});

test('in every row of the corpora the two agree, or differ for a known reason; each reason is met', () => {
  for (const [bytes, , why] of malformedRequests) {
    const difference = explained('requests', bytes, why);
    assert(difference === undefined || difference.direction === 'refused', why);
  }
  for (const [bytes, , why] of malformedReplies) explained('reply', bytes, why);
  for (const [bytes, , why] of unusualRequests) {
    const difference = explained('requests', bytes, why);
    assert(difference === undefined || difference.direction !== 'refused', why);
  }
  for (const { bytes, method, why } of unusualReplies) {
    const difference = explained(method === 'HEAD' ? 'reply-to-head' : 'reply', bytes, why);
    assert(difference === undefined || difference.direction !== 'refused', why);
  }
  assert.deepEqual(
    classNames.filter((name) => !met.has(name)),
    [],
    'a reason that nothing needs',
  );
});

test('generated cases differ only for known reasons', () => {
  for (let seed = 1; seed <= 4000; seed += 1) {
    const { kind, bytes, pieces } = caseOf(seed);
    explained(kind, bytes.toString('latin1'), `seed ${seed}`, pieces);
  }
});

test('a seed is one case, and a case shrinks to what shows it', () => {
  assert.deepEqual(caseOf(77), caseOf(77));
  assert.notDeepEqual(caseOf(77).bytes, caseOf(78).bytes);
  const random = new Random(1);
  assert(Array.from({ length: 1000 }, () => random.below(3)).every((one) => one >= 0 && one <= 2));
  const least = shrink(Buffer.from('hello, world'), (bytes) => bytes.includes('o') && bytes.includes('w'));
  assert.equal([...least.toString()].toSorted().join(''), 'ow');
});
