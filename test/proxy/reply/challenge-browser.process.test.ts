// The challenge in a real browser: the page finds what is asked for, sets the cookie, asks again and is let in; the next
// visit is not challenged; another address would be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { Chromium, chromiumPath } from '../../support/chromium.ts';
import { asking } from '../agents/agent-server.ts';

const skip = chromiumPath === undefined ? 'SKIPPED: no chromium on this machine (apt-get install chromium)' : false;
const challenges = { decision: { type: 'challenge', challengeType: 'any', params: {} } } as const;
const reply = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<p>the page you wanted</p>';

for (const [kind, bits] of [
  ['cookie', 0],
  ['proof-of-work', 12],
] as const)
  test(`a browser passes the challenge once: ${kind}`, { skip }, async () => {
    await using upstream = await Upstream.start(({ bytes }) => (bytes.endsWith('\r\n\r\n') ? reply : undefined));
    await using all = await asking(upstream, () => challenges, {
      more: `challenge { kind "${kind}"; ${bits === 0 ? '' : `difficulty-bits ${bits}`} }`,
    });
    await using browser = await Chromium.start();
    const url = `http://127.0.0.1:${all.worker.port}/`;
    const wanted = (text: string) => text.includes('the page you wanted');
    const first = await browser.visit(url, wanted);
    assert.deepEqual(first.statuses, [403, 200]);
    const cookie = await browser.evaluate('document.cookie');
    assert.match(cookie, /^sentinel_challenge=\d+\.[\w-]+\.\d+$/);
    if (bits > 0) assert(Number(cookie.split('.').at(-1)) > 0, 'it had to look for the number');
    assert.deepEqual((await browser.visit(`${url}again`, wanted)).statuses, [200]);
    await browser.evaluate('document.cookie = "sentinel_challenge=1.made.up; Path=/"');
    assert.deepEqual((await browser.visit(`${url}forged`, wanted)).statuses, [403, 200]);
  });

test('a browser that keeps no cookies is told so, and not sent round and round', { skip }, async () => {
  await using upstream = await Upstream.start(({ bytes }) => (bytes.endsWith('\r\n\r\n') ? reply : undefined));
  await using all = await asking(upstream, () => challenges);
  await using browser = await Chromium.start();
  await browser.blockCookies();
  const { statuses } = await browser.visit(`http://127.0.0.1:${all.worker.port}/`, (text) =>
    text.includes('Cookies are needed here.'),
  );
  assert.deepEqual(statuses, [403]);
});
