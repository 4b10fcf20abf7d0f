// Heads of ordinary requests: what every one has, and cookies in their own spelling.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appHead, browserHead, cookies } from '../../../crs-tests/traffic/browsers.ts';
import { Random } from '../../../crs-tests/traffic/random.ts';

test('a browser names host, itself and what it takes; no name comes twice', () => {
  const random = new Random(1);
  for (let turn = 0; turn < 100; turn += 1) {
    const names = browserHead(random).map(([name]) => name.toLowerCase());
    assert(['host', 'user-agent', 'accept', 'accept-language'].every((name) => names.includes(name)));
    assert.equal(new Set(names).size, names.length);
    const appNames = appHead(random).map(([name]) => name);
    assert.equal(new Set(appNames).size, appNames.length);
  }
});

test('cookies of analytics tools are among them, and no value breaks its header', () => {
  const random = new Random(2);
  const all = Array.from({ length: 400 }, () => cookies(random)[0]?.[1] ?? '').join('; ');
  for (const name of ['_ga=', '_fbp=', 'CookieConsent=', 'OptanonConsent=', 'PHPSESSID=', 'token=eyJ', '_pk_id.']) {
    assert(all.includes(name), name);
  }
  assert.doesNotMatch(all, /[\r\n\x80-\uffff]/);
});
