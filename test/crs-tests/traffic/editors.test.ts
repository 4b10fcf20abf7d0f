// What people write in editors: every language of code is among it, and plain text is the larger part.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { edited, markdown, report, richText, snippets } from '../../../crs-tests/traffic/editors.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';

test('a strict server reads each of them', () => {
  const random = new Random(7);
  for (const make of [edited]) {
    for (let turn = 0; turn < 60; turn += 1) {
      const { kind, bytes } = make(random);
      const request = readRequest(bytes);
      assert(request.kind === 'request', `${kind} ${JSON.stringify(request)}`);
      assert(request.hasBody);
    }
  }
});

test('code in every language that there is, and text without any', () => {
  const random = new Random(8);
  const texts = Array.from({ length: 1500 }, () => markdown(random));
  for (const language of Object.keys(snippets)) {
    assert(
      texts.some((text) => text.includes(`\`\`\`${language}\n`)),
      language,
    );
  }
  const share = texts.filter((text) => text.includes('```')).length / texts.length;
  assert(share > 0.3 && share < 0.6, `${share}`);
});

test('rich text is HTML, reports have what programs say', () => {
  const random = new Random(9);
  assert.match(richText(random), /^<\w+/);
  assert.match(
    Array.from({ length: 60 }, () => report(random)).join('\n'),
    /Traceback[\s\S]*NullPointerException|NullPointerException[\s\S]*Traceback/,
  );
});
