// libmodsecurity3 is driven as its own connectors do it: every phase, logged rules, score, status, and CPU time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framed, openLibrary } from './library.ts';

const settings = `SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain
SecRule ARGS "@rx evil" "id:1,phase:2,pass,log,setvar:tx.blocking_inbound_anomaly_score=+5"
SecRule ARGS:a "@rx ^worse" "id:2,phase:2,deny,status:406,log"
SecRule RESPONSE_BODY "@rx leak" "id:3,phase:4,pass,log"`;
const request = {
  name: 'r',
  method: 'GET',
  target: '/?b=evil',
  protocol: 'HTTP/1.1',
  headers: [['Host', 'h']] as const,
};

test('rules, score, status, responses, bodies and time', async (t) => {
  const library = await openLibrary();
  if ('missing' in library) return t.skip(`SKIPPED, nothing was compared: ${library.missing}`);
  await using opened = library;
  const { engine, judged } = await opened.ask({
    rules: [],
    settings: [settings],
    repeats: 3,
    requests: [
      request,
      { ...request, target: '/?a=worse' },
      {
        ...request,
        method: 'POST',
        target: '/',
        headers: [['Content-Type', 'application/x-www-form-urlencoded']],
        body: 'a=1&b=evil\n',
        response: { status: 200, headers: [['Content-Type', 'text/plain']], body: 'a leak' },
      },
    ],
  });
  assert.match(engine, /^ModSecurity v3/);
  assert.deepEqual(
    judged.map(({ ids, score, status, isStopped }) => [ids, score, status, isStopped]),
    [
      [[1], 5, 200, false],
      [[2], null, 406, true],
      [[1, 3], 5, 200, false],
    ],
  );
  assert(judged.every(({ cpuNs = 0, leastNs = 0 }) => leastNs > 0 && cpuNs >= leastNs));
});

test('texts are framed by their lengths, so that any byte may be in them', () => {
  assert.equal(
    framed({ ...request, body: 'a\nend\n' }),
    'request r\nM 3\nGET\nT 8\n/?b=evil\nP 8\nHTTP/1.1\nH 4 1\nHosth\nB 6\na\nend\n\nend\n',
  );
});
