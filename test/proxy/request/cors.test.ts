// CORS over the wire: which origin is told what, to a preflight and otherwise.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { headerOf, statusOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const own = 'https://app.example';
const reply =
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nVary: Cookie\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n\r\n';

const get = (origin?: string): string =>
  `GET / HTTP/1.1\r\nHost: h\r\n${origin === undefined ? '' : `Origin: ${origin}\r\n`}\r\n`;
const preflight = (origin: string, method = 'GET'): string =>
  `OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: ${method}\r\n\r\n`;

const sharing = (upstream: Upstream, keys: string): Promise<TestWorker> =>
  TestWorker.forwarding(upstream, { route: `policies { cors { ${keys} } }` });

const told = (answer: string, ...names: readonly string[]) =>
  names.map((name) => headerOf(answer, `Access-Control-${name}`));

effect(['routes.route.policies.cors.origins', 'routes.route.policies.cors.credentials'], async () => {
  await using upstream = await Upstream.start(answerEach(reply));
  await using worker = await sharing(upstream, `origins "${own}" "https://b.example"; credentials #true`);
  const granted = await worker.request(get(own));
  assert.deepEqual(told(granted, 'Allow-Origin', 'Allow-Credentials'), [own, 'true']);
  assert.match(granted, /^Vary: Cookie\r\n[\s\S]*^Vary: Origin\r$/m);
  for (const origin of ['https://evil.example', 'https://app.example.evil', 'null', `${own}:443`, own.toUpperCase()])
    assert.deepEqual(told(await worker.request(get(origin)), 'Allow-Origin', 'Allow-Credentials'), [
      undefined,
      undefined,
    ]);
  assert.match(await worker.request(get()), /^Vary: Origin\r$/m);
  await using all = await sharing(upstream, 'origins "*"');
  const open = await all.request(get('https://any.example'));
  assert.deepEqual(told(open, 'Allow-Origin', 'Allow-Credentials'), ['*', undefined]);
  assert.doesNotMatch(open, /Vary: Origin/);
});

effect(
  [
    'routes.route.policies.cors.methods',
    'routes.route.policies.cors.headers',
    'routes.route.policies.cors.expose-headers',
    'routes.route.policies.cors.max-age-secs',
  ],
  async () => {
    await using upstream = await Upstream.start(answerEach(reply));
    const keys = 'methods "GET" "PUT"; headers "Content-Type" "X-Key"; expose-headers "X-Total"; max-age-secs 60';
    await using worker = await sharing(upstream, `origins "${own}"; ${keys}`);
    const answer = await worker.request(preflight(own, 'PUT'));
    assert.equal(statusOf(answer), 204);
    assert.deepEqual(told(answer, 'Allow-Origin', 'Allow-Methods', 'Allow-Headers', 'Max-Age'), [
      own,
      'GET, PUT',
      'Content-Type, X-Key',
      '60',
    ]);
    assert.deepEqual(told(await worker.request(get(own)), 'Expose-Headers', 'Allow-Methods'), ['X-Total', undefined]);
    await using usual = await sharing(upstream, `origins "${own}"`);
    assert.deepEqual(told(await usual.request(preflight(own)), 'Allow-Methods', 'Allow-Headers', 'Max-Age'), [
      'GET, HEAD, POST',
      undefined,
      '600',
    ]);
    assert.equal(requestCount(upstream), 1, 'preflights are answered by the proxy');
  },
);

const requestCount = ({ bytes }: Upstream) => bytes.split(' HTTP/1.1\r\n').length - 1;

test('a stranger learns nothing from a preflight, and OPTIONS without its mark is forwarded', async () => {
  await using upstream = await Upstream.start(answerEach(reply));
  await using worker = await sharing(upstream, `origins "${own}"`);
  const stranger = await worker.request(preflight('https://evil.example'));
  assert.equal(statusOf(stranger), 204);
  assert.doesNotMatch(stranger, /access-control/i);
  assert.equal(requestCount(upstream), 0);
  await worker.request(`OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: ${own}\r\n\r\n`);
  assert.equal(requestCount(upstream), 1);
});

test('our own refusals can be read by the page too', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, {
    route: `policies { cors { origins "${own}" }; rate-limit { requests-per-minute 1 } }`,
  });
  await worker.request(get(own));
  const refused = await worker.request(get(own));
  assert.deepEqual([statusOf(refused), ...told(refused, 'Allow-Origin')], [429, own]);
});
