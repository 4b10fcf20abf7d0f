// The cookie: holds for its time, its address and its browser; a secret that workers share; a sentence for programs.

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderLines } from '../../../proxy/http1/header-lines.ts';
import { Challenges } from '../../../proxy/reply/challenge.ts';
import { temporaryFolder } from '../../agents/support.ts';

function request(headers: Record<string, string>, ip = '192.0.2.1', scheme: 'http' | 'https' = 'http') {
  const lines = new HeaderLines();
  const text = Buffer.from(
    `${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`,
    'latin1',
  );
  lines.begin(text, 0);
  lines.scan(text, text.length, { lineBytesMax: 8000, bytesMax: 32_000, countMax: 100 });
  return { head: { lines }, sender: { ip, scheme } };
}

const config = { kind: 'cookie', difficultyBits: 16, validMs: 60_000, secret: undefined } as const;
const browser = { Accept: 'text/html', 'User-Agent': 'B/1' };

async function makeChallenges(runtimeDir: string) {
  const challenges = new Challenges(config, runtimeDir);
  await challenges.ready();
  return challenges;
}

const tokenOf = (body: string | undefined) => /"token":"([^"]+)"/.exec(body ?? '')?.[1] ?? '';

test('workers share one secret; the cookie is bound to time, address and browser', async () => {
  await using folder = await temporaryFolder();
  const [one, two] = await Promise.all([makeChallenges(folder.path), makeChallenges(folder.path)]);
  assert.equal((await stat(folder.file('challenge.key'))).mode & 0o777, 0o600);
  const now = 1_700_000_000_000;
  const cookie = `sentinel_challenge=${tokenOf(one?.answer(request(browser), now).body)}.0`;
  const passes = (headers: Record<string, string>, at = now, ip?: string) =>
    two?.isPassed(request({ Cookie: cookie, ...headers }, ip), at);
  assert.equal(passes(browser), true);
  assert.equal(passes(browser, now + 61_000), false);
  assert.equal(passes(browser, now, '192.0.2.2'), false);
  assert.equal(passes({ 'User-Agent': 'B/2' }), false);
});

test('no made-up cookie passes', async () => {
  await using folder = await temporaryFolder();
  const challenges = await makeChallenges(folder.path);
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\w.=-]{0,80}$/),
      (value) => !challenges.isPassed(request({ ...browser, Cookie: `sentinel_challenge=${value}` })),
    ),
  );
});

test('a program gets a sentence; over https the cookie is Secure', async () => {
  await using folder = await temporaryFolder();
  const challenges = await makeChallenges(folder.path);
  assert.equal(challenges.answer(request({ Accept: 'application/json' })).body, undefined);
  assert.match(challenges.answer(request(browser, '192.0.2.1', 'https')).body ?? '', /; Secure"/);
});
