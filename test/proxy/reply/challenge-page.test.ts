// The page runs as a browser would run it, and finds what openssl's hash agrees with.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { challengePage, challengePolicy } from '../../../proxy/reply/challenge-page.ts';

const run = (bits: number, keepsCookies = true) =>
  new Promise<string>((done) => {
    const page = challengePage({ token: `1.${'aB3-'.repeat(12)}`, bits, cookie: 'c', attributes: '; Path=/' }, 'n0nce');
    const script = /<script nonce="n0nce">([\s\S]*)<\/script>/.exec(page)?.[1] ?? '';
    const words = {
      set textContent(text: string) {
        done(text);
      },
    };
    const kept = { cookie: '', getElementById: () => words };
    const document = keepsCookies
      ? kept
      : {
          get cookie() {
            return '';
          },
          set cookie(_: string) {},
          getElementById: () => words,
        };
    runInNewContext(script, { document, location: { reload: () => done(kept.cookie) }, setTimeout });
  });

test('the number found has the zeros that were asked for', async () => {
  for (const bits of [0, 1, 9, 12]) {
    const cookie = await run(bits);
    const value = /^c=(.*); Path=\/$/.exec(cookie)?.[1] ?? '';
    const hash = createHash('sha256').update(value).digest();
    assert(Math.clz32(hash.readUInt32BE(0)) >= bits, `${value}: ${hash.toString('hex')}`);
  }
});

test('a browser without cookies is told, and does not go round', async () => {
  assert.equal(await run(0, false), 'Cookies are needed here.');
});

test('the policy allows the one script and nothing else', () => {
  assert.equal(
    challengePolicy('x'),
    "default-src 'none'; script-src 'nonce-x'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
});
