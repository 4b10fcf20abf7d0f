// The corpora and some hundred generated cases through a running worker to an upstream that reads with llhttp: what
// arrives is what was understood, and nothing else. Long, so it runs alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { malformedRequests } from '../proxy/http1/malformed.ts';
import { unusualRequests } from '../proxy/http1/unusual.ts';
import { caseOf } from './generate.ts';
import { LiveProxy } from './live.ts';
import { Random } from './random.ts';

test('what arrives at the upstream is what was understood', async () => {
  await using proxy = await LiveProxy.start();
  const random = new Random(5);
  for (const [text, ...rest] of [...unusualRequests, ...malformedRequests]) {
    const bytes = Buffer.from(text, 'latin1');
    const wrong = await proxy.send({ kind: 'requests', bytes, pieces: random.pieces(bytes.length) });
    assert.equal(wrong, undefined, `${rest.at(-1)}: ${JSON.stringify(text)}`);
  }
  for (let seed = 1; seed <= 800; seed += 1) {
    const one = caseOf(seed);
    assert.equal(await proxy.send(one), undefined, `seed ${seed}: ${JSON.stringify(one.bytes.toString('latin1'))}`);
  }
});
