// Passwords over the wire: who is let in, what upstreams and logs see of it, and what guessing comes to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardLimits } from '#config/limits';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { headerOf, statusOf } from '../../support/proxy.ts';
import { type TempFolder, tempFolder } from '../../support/temp-folder.ts';
import { TestWorker } from '../../support/worker.ts';
import { asking } from '../agents/agent-server.ts';

// Of `open sesame`, at the least cost that is taken: these tests are about who is let in.
const hash = '$scrypt$ln=14,r=8,p=1$BwcHBwcHBwcHBwcHBwcHBw$Wq3Vuc39ThE2fowuQLjHVcQT9y5vgErrhHhq8z6Rm+Q';

const get = (credentials?: string): string =>
  `GET / HTTP/1.1\r\nHost: h\r\n${credentials === undefined ? '' : `Authorization: ${credentials}\r\n`}\r\n`;
const basic = (text: string): string => get(`Basic ${Buffer.from(text).toString('base64')}`);

const guarded = (folder: TempFolder, upstream: Upstream, realm = '', listener = ''): Promise<TestWorker> =>
  TestWorker.forwarding(upstream, { listener, route: `basic-auth { users-file "${folder.of('users')}"; ${realm} }` });

const usersFile = () => tempFolder({ users: `anna:${hash}\n` });

effect('routes.route.basic-auth.users-file', async () => {
  using folder = usersFile();
  await using upstream = await Upstream.start();
  await using worker = await guarded(folder, upstream);
  const good = basic('anna:open sesame');
  for (const bad of [
    get(),
    basic('anna:wrong'),
    basic('bob:open sesame'),
    basic('anna'),
    get('Basic ?'),
    get('Bearer x'),
  ])
    assert.equal(statusOf(await worker.request(bad)), 401, bad);
  assert.equal(upstream.bytes, '');
  assert.equal(statusOf(await worker.request(good)), 200);
  assert.equal(statusOf(await worker.request(good)), 200, 'remembered');
  assert.doesNotMatch(requestsIn(upstream.bytes)[0]?.head ?? '', /authorization/i, 'the upstream does not see it');
  const lines = await worker.lines(8);
  assert.deepEqual(
    lines.slice(0, 2).map(({ refusal, error }) => [refusal, error]),
    [
      ['password-needed', 'no credentials'],
      ['password-needed', 'wrong credentials'],
    ],
  );
  assert.doesNotMatch(`${await worker.raw()}${worker.logged.join('')}`, /anna|sesame|wrong"|YW5uYT/);
});

effect('routes.route.basic-auth.realm', async () => {
  using folder = usersFile();
  await using upstream = await Upstream.start();
  await using named = await guarded(folder, upstream, 'realm "Staff only"');
  assert.equal(headerOf(await named.request(get()), 'WWW-Authenticate'), 'Basic realm="Staff only", charset="UTF-8"');
  await using usual = await guarded(folder, upstream);
  assert.match(String(headerOf(await usual.request(get()), 'WWW-Authenticate')), /realm="Restricted"/);
});

test('who guesses is stopped, also in parallel; who is known and who comes from elsewhere is not', async () => {
  using folder = usersFile();
  await using upstream = await Upstream.start();
  await using worker = await guarded(folder, upstream, '', 'trusted-proxies "127.0.0.1"');
  const good = basic('anna:open sesame');
  const of = (ip: string, request: string) => request.replace('\r\n\r\n', `\r\nX-Forwarded-For: ${ip}\r\n\r\n`);
  assert.equal(statusOf(await worker.request(of('192.0.2.1', good))), 200);
  const guesses = Array.from({ length: 2 * guardLimits.attemptsMax }, (_, at) =>
    worker.request(of('192.0.2.1', basic(`anna:guess ${at}`))),
  );
  const seen = (await Promise.all(guesses)).map(statusOf).toSorted();
  assert.deepEqual([seen.filter((one) => one === 401).length, seen.at(-1)], [guardLimits.attemptsMax, 429]);
  const refused = await worker.request(of('192.0.2.1', basic('anna:another')));
  assert.equal(statusOf(refused), 429);
  assert.match(String(headerOf(refused, 'Retry-After')), /^(?:10|[1-9])$/);
  assert.equal(statusOf(await worker.request(of('192.0.2.1', good))), 200);
  assert.equal(statusOf(await worker.request(of('192.0.2.9', basic('anna:typo')))), 401);
});

test('many at once with the same password are one check, and all are let in', async () => {
  using folder = usersFile();
  await using upstream = await Upstream.start();
  await using worker = await guarded(folder, upstream);
  const answers = await Promise.all(Array.from({ length: 8 }, () => worker.request(basic('anna:open sesame'))));
  assert.deepEqual(answers.map(statusOf), Array(8).fill(200));
});

test('agents do not see the password either', async () => {
  using folder = usersFile();
  await using upstream = await Upstream.start();
  const route = `basic-auth { users-file "${folder.of('users')}" }`;
  await using asked = await asking(upstream, () => ({}), { route });
  assert.equal(statusOf(await asked.worker.request(basic('anna:open sesame'))), 200);
  const [event] = asked.server.ofType('request_headers');
  assert(event !== undefined);
  assert.deepEqual(
    [...event.headers].map(([name]) => name),
    ['host'],
  );
});
