// The page in a real browser beside a real stack: it shows what happens while it happens, comes back by itself, takes what
// clients chose as text, fits a phone, and the browser has nothing to complain of.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startStack } from '../../e2e/up-stack.ts';
import { Browser, browserIsMissing } from '../../support/browser.ts';
import { RawClient } from '../../support/proxy.ts';

const config = `
admin { address "127.0.0.1:0" }
routes {
  route "demo" { builtin-handler "demo"; filters "screen" }
  route "dead" { upstream "u"; matches { path-prefix "/dead" } }
}
upstreams { upstream "u" { target "127.0.0.1:1"; target "127.0.0.1:2"; ejection { consecutive-connect-failures 1 } } }
agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"; timeout-ms 2000; failure-mode "open"; config { builtin-attacks #true } } }
filters { filter "screen" { agent "screen" } }`;

test('what goes on, as it goes on', { skip: browserIsMissing }, async () => {
  await using stack = await startStack({ config, args: ['--workers', '2'] });
  const url = await stack.url();
  await using browser = await Browser.open();
  await browser.look(1240, 1000, 'light');
  await browser.goTo(`${await stack.url('admin')}/`);
  await browser.shows('#state', /ready/);
  await browser.shows('#attention', /Nothing needs attention/);
  await browser.shows('#processes tbody', /screen\s+● up[\s\S]*proxy\/1\s+● up[\s\S]*proxy\/2\s+● up/);
  await browser.shows('#events', /stack ready/);

  for (let count = 0; count < 20; count += 1) await fetch(url);
  assert.equal((await fetch(`${url}/?id=1'%20OR%201=1--`)).status, 403);
  await browser.shows('#tiles', /Requests per second\s+[1-9]/i);
  await browser.shows('#routes', /demo\s+[\d.]/);
  await browser.shows('#refusals', /403 agent-blocked\s+GET 127\.0\.0\.1\/\s/);

  assert.equal((await fetch(`${url}/dead`)).status, 502);
  await browser.shows('#attention', /Target 127\.0\.0\.1:\d of u is left out/);
  await browser.shows('#targets', /left out/);
  await browser.shows('#events', /target ejected/);

  assert.deepEqual(browser.complaints, []);
});

test('it comes back by itself when the worker that told it is gone', { skip: browserIsMissing }, async () => {
  await using stack = await startStack({ config, args: ['--workers', '1'] });
  await using browser = await Browser.open();
  await browser.goTo(`${await stack.url('admin')}/`);
  await browser.shows('#state', /ready/);
  process.kill(stack.pidsOf('proxy/1').at(-1) ?? 0, 'SIGKILL');
  await browser.shows('#processes', /proxy\/1\s+● up\s+\d+ s\s+1\s/);
  await browser.shows('#events', /child exited/);
  await browser.shows('#state', /● ready/);
});

test('what a client chose is shown as text', { skip: browserIsMissing }, async () => {
  await using stack = await startStack({ config, args: ['--workers', '1'] });
  await using browser = await Browser.open();
  await browser.goTo(`${await stack.url('admin')}/`);
  await browser.shows('#state', /ready/);
  await using client = await RawClient.open(Number(new URL(await stack.url()).port));
  client.send(
    "GET /<img/src=x/onerror=document.title='gotcha'>/../../../etc/passwd?<script> HTTP/1.1\r\nHost: a\r\nUser-Agent: ${jndi:ldap://x}\r\nConnection: close\r\n\r\n",
  );
  await client.ends();
  await browser.shows('#refusals', /GET/);
  assert.equal(await browser.value("document.querySelectorAll('main img, main script').length"), 0);
  assert.notEqual(await browser.value('document.title'), 'gotcha');
});

test('it fits a phone, in light and dark; words stand out from what is behind them', {
  skip: browserIsMissing,
}, async () => {
  await using stack = await startStack({ config, args: ['--workers', '1'] });
  await fetch(`${await stack.url()}/dead`);
  await using browser = await Browser.open();
  await browser.goTo(`${await stack.url('admin')}/`);
  await browser.shows('#targets', /left out/);
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [360, 1240]) {
      await browser.look(width, 900, scheme);
      assert(
        Number(await browser.value('document.documentElement.scrollWidth')) <= width,
        `${scheme} ${width}: it scrolls sideways`,
      );
      const folder = process.env['PAGE_PICTURES'];
      if (folder !== undefined) {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, `${scheme}-${width}.png`), await browser.picture());
      }
    }
    assert.deepEqual(await browser.value(`(${faint})()`), [], scheme);
  }
  assert.equal(
    await browser.value(
      "document.querySelectorAll('table:not([aria-labelledby]), img:not([alt]), section:not([aria-labelledby]):not([aria-label])').length",
    ),
    0,
  );
});

/** Runs in the page: texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
const faint = String.raw`() => {
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const linear = (one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
  const light = (color) => {
    const [red, green, blue] = channels(color).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 && element.parentElement ? behind(element.parentElement) : color;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
  return [...document.body.querySelectorAll('*')].filter((one) => hasText(one) && one.checkVisibility()).flatMap((one) => {
    const [ink, back] = [light(getComputedStyle(one).color), light(behind(one))];
    const contrast = (Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05);
    return contrast < 4.5 ? [one.textContent.trim().slice(0, 40) + ' ' + contrast.toFixed(2)] : [];
  });
}`;
