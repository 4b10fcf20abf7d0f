// The access line whole: every field, and that nothing a client sends can break or forge one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../fixtures/upstream.ts';
import { TestWorker } from '../support/worker.ts';

test('a line holds what is known, and nothing else', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  await worker.request(
    'POST /a/../b?c=d HTTP/1.1\r\nHost: A.example:80\r\nUser-Agent: ua\r\nReferer: r\r\nContent-Length: 3\r\n\r\nabc',
  );
  const [line] = await worker.lines(1);
  const { timestamp, request_id, duration_ms, ...rest } = line as typeof line & {
    timestamp: string;
    duration_ms: number;
  };
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(String(request_id), /^[0-9a-f]{32}$/);
  assert(duration_ms >= 0);
  assert.deepEqual(rest, {
    client_ip: '127.0.0.1',
    listener: 'http',
    protocol: 'HTTP/1.1',
    method: 'POST',
    host: 'a.example',
    path: '/a/../b',
    status: 200,
    bytes_in: 3,
    bytes_out: 2,
    query: 'c=d',
    route: 'site',
    upstream: 'u',
    target: upstream.address,
    attempts: 1,
    reused: false,
    picked_by: 'round-robin',
    user_agent: 'ua',
    referer: 'r',
    trace_id: request_id,
  });
});

test('what lines have in common is remembered, by connections and between them, and never told of another request', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { listener: 'trusted-proxies "127.0.0.1"' });
  const asked = [
    ['GET', 'a', '192.0.2.1', '1.1'],
    ['GET', 'a', '192.0.2.1', '1.1'],
    ['GET', 'b', '192.0.2.1', '1.1'],
    ['HEAD', 'b', '192.0.2.1', '1.1'],
    ['HEAD', 'b', '192.0.2.2', '1.1'],
    ['HEAD', 'b', '192.0.2.2', '1.0'],
    ['HEAD', 'b', '192.0.2.2', '1.0'],
    ['GET', 'a', '192.0.2.1', '1.1'],
  ] as const;
  const request = ([method, host, ip, version]: (typeof asked)[number], more = '') =>
    `${method} / HTTP/${version}\r\nHost: ${host}\r\nX-Forwarded-For: ${ip}\r\n${more}\r\n`;
  for (const one of asked) await worker.request(request(one, 'Connection: close\r\n'));
  await using client = await worker.open();
  const kept = asked.filter(([, , , version]) => version === '1.1');
  for (const [index, one] of kept.entries()) {
    client.send(request(one));
    await worker.lines(asked.length + index + 1);
  }
  const lines = await worker.lines(asked.length + kept.length);
  assert.deepEqual(
    lines.map((line) => ['method', 'host', 'client_ip', 'protocol'].map((name) => Reflect.get(line, name))),
    [...asked, ...kept].map(([method, host, ip, version]) => [method, host, ip, `HTTP/${version}`]),
  );
});

test('no byte of a client breaks a line, in either format', async () => {
  const odd = ['"', '\\', '\t', '\x80', '\x9b', '\xff', '\xe2\x80\xa8', '","status":999,"x":"', '${jndi}', '<script>'];
  await using upstream = await Upstream.start();
  await using json = await TestWorker.forwarding(upstream);
  await using combined = await TestWorker.forwarding(upstream, {
    more: 'observability { logging { access-log { format "combined" } } }',
  });
  for (const text of odd) {
    const target = /^[\x21-\x7e]+$/.test(text) ? text : 'x';
    const bytes = `GET /?${target} HTTP/1.1\r\nHost: a\r\nUser-Agent: a${text}b\r\nReferer: ${text}\r\n\r\n`;
    await json.request(bytes);
    await combined.request(bytes);
  }
  const lines = await json.lines(odd.length);
  assert.deepEqual(
    lines.map(({ status }) => status),
    odd.map(() => 200),
  );
  assert.deepEqual(
    lines.map((line) => (line as unknown as { user_agent: string }).user_agent),
    odd.map((text) => `a${text}b`),
  );
  await assert.rejects(combined.lines(odd.length), SyntaxError, 'it is no JSON');
  for (const raw of [await json.raw(), await combined.raw()]) {
    assert.doesNotMatch(raw, /[^\x20-\x7e\u00a0-\u00ff\n]/, 'nothing that a terminal obeys');
    assert.equal(raw.split('\n').length, odd.length + 1);
  }
});
