// The preset over the wire: what it sets, what overrides it, and what is only said over https.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { headerOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const names = ['X-Content-Type-Options', 'Referrer-Policy', 'X-Frame-Options', 'Content-Security-Policy'];

async function headersOf(policies: string, wanted: readonly string[] = names, scheme = 'https') {
  const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Frame-Options: ALLOWALL\r\n\r\n';
  await using upstream = await Upstream.start(answerEach(reply));
  await using worker = await TestWorker.forwarding(upstream, {
    listener: 'trusted-proxies "127.0.0.1"',
    route: `policies { ${policies} }`,
  });
  const answer = await worker.request(`GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: ${scheme}\r\n\r\n`);
  return wanted.map((name) => headerOf(answer, name));
}

effect(
  [
    'routes.route.policies.security-headers.nosniff',
    'routes.route.policies.security-headers.referrer-policy',
    'routes.route.policies.security-headers.frames',
  ],
  async () => {
    const usual = ['nosniff', 'strict-origin-when-cross-origin', 'SAMEORIGIN', "frame-ancestors 'self'"];
    assert.deepEqual(await headersOf('security-headers { }'), usual);
    assert.deepEqual(await headersOf(''), [undefined, undefined, 'ALLOWALL', undefined]);
    const others = 'security-headers { nosniff #false; referrer-policy "no-referrer"; frames "nobody" }';
    assert.deepEqual(await headersOf(others), [undefined, 'no-referrer', 'DENY', "frame-ancestors 'none'"]);
    const off = 'security-headers { referrer-policy "off"; frames "anybody" }';
    assert.deepEqual(await headersOf(off), ['nosniff', undefined, 'ALLOWALL', undefined]);
  },
);

effect(
  ['routes.route.policies.security-headers.hsts-secs', 'routes.route.policies.security-headers.hsts-subdomains'],
  async () => {
    const hsts = ['Strict-Transport-Security'];
    assert.deepEqual(await headersOf('security-headers { }', hsts), ['max-age=31536000']);
    assert.deepEqual(await headersOf('security-headers { }', hsts, 'http'), [undefined]);
    assert.deepEqual(await headersOf('security-headers { hsts-secs 60; hsts-subdomains #true }', hsts), [
      'max-age=60; includeSubDomains',
    ]);
    assert.deepEqual(await headersOf('security-headers { hsts-secs 0 }', hsts), [undefined]);
  },
);

test('the rules of the route win, and what both add is one line', async () => {
  const set = 'security-headers { }; response-headers { set { x-frame-options "DENY" }; remove "Referrer-Policy" }';
  assert.deepEqual(await headersOf(set), ['nosniff', undefined, 'DENY', "frame-ancestors 'self'"]);
  const add = 'security-headers { }; response-headers { add { Content-Security-Policy "default-src https:" } }';
  assert.equal((await headersOf(add))[3], "default-src https:, frame-ancestors 'self'");
  const vary = 'cors { origins "https://a.example" }; response-headers { add { Vary "Cookie" } }';
  assert.deepEqual(await headersOf(vary, ['Vary']), ['Cookie, Origin']);
});
