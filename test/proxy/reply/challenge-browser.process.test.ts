// The challenge in a real browser: the page finds what is asked for, sets the cookie, asks again and is let in; the next
// visit is not challenged; another address would be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { Browser, browserIsMissing } from '../../support/browser.ts';
import { until } from '../../support/proxy.ts';
import { asking } from '../agents/agent-server.ts';

const skip = browserIsMissing;
const challenges = { decision: { type: 'challenge', challengeType: 'any', params: {} } } as const;
const reply = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<p>the page you wanted</p>';

/** Goes there and waits until the page says it. Between two pages there is nothing to ask. */
async function visit(browser: Browser, url: string, wanted: string): Promise<void> {
  await browser.goTo(url);
  let text = '';
  await until(
    async () => {
      text = String(await browser.value('document.body?.innerText').catch(() => ''));
      return text.includes(wanted);
    },
    () => `the page says: ${text}`,
  );
}

/** What this path was answered with, one after the other. */
async function statusesOf({ worker }: Awaited<ReturnType<typeof asking>>, path: string, count: number) {
  const statuses = async () =>
    (await worker.raw())
      .split('\n')
      .filter((line) => line.includes(`"path":"${path}"`))
      .map((line) => JSON.parse(line).status);
  await until(
    async () => (await statuses()).length >= count,
    () => `${count} requests for ${path} wanted`,
  );
  return await statuses();
}

for (const [kind, bits] of [
  ['cookie', 0],
  ['proof-of-work', 12],
] as const)
  test(`a browser passes the challenge once: ${kind}`, { skip }, async () => {
    await using upstream = await Upstream.start(({ bytes }) => (bytes.endsWith('\r\n\r\n') ? reply : undefined));
    await using all = await asking(upstream, () => challenges, {
      more: `challenge { kind "${kind}"; ${bits === 0 ? '' : `difficulty-bits ${bits}`} }`,
    });
    await using browser = await Browser.open();
    const url = `http://127.0.0.1:${all.worker.port}/`;
    await visit(browser, `${url}first`, 'the page you wanted');
    assert.deepEqual(await statusesOf(all, '/first', 2), [403, 200]);
    const cookie = String(await browser.value('document.cookie'));
    assert.match(cookie, /^sentinel_challenge=\d+\.[\w-]+\.\d+$/);
    if (bits > 0) assert(Number(cookie.split('.').at(-1)) > 0, 'it had to look for the number');
    await visit(browser, `${url}again`, 'the page you wanted');
    assert.deepEqual(await statusesOf(all, '/again', 1), [200]);
    await browser.value('document.cookie = "sentinel_challenge=1.made.up; Path=/"');
    await visit(browser, `${url}forged`, 'the page you wanted');
    assert.deepEqual(await statusesOf(all, '/forged', 2), [403, 200]);
  });

test('a browser that keeps no cookies is told so, and not sent round and round', { skip }, async () => {
  await using upstream = await Upstream.start(({ bytes }) => (bytes.endsWith('\r\n\r\n') ? reply : undefined));
  await using all = await asking(upstream, () => challenges);
  await using browser = await Browser.open();
  // As if the person had turned them off: what pages set is not kept.
  const source = "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => undefined })";
  await browser.send('Page.addScriptToEvaluateOnNewDocument', { source });
  await visit(browser, `http://127.0.0.1:${all.worker.port}/x`, 'Cookies are needed here.');
  assert.deepEqual(await statusesOf(all, '/x', 1), [403]);
});
