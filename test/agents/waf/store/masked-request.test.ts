// Secrets of a request do not get into what is kept of it, and the rest does as it came.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMasked, maskedRequest } from '../../../../agents/waf/store/masked-request.ts';
import { form, scoringSet, transactionOf } from './support.ts';

const set = scoringSet();
const kept = (sent: Parameters<typeof transactionOf>[1], bytes = 1000) =>
  maskedRequest(transactionOf(set, sent).state, bytes);

test('secrets in the target, headers and cookies become x, and are named', () => {
  const headers = [
    ['Host', 'a.example'],
    ['Authorization', 'Bearer abc.def'],
    ['Cookie', 'sid=12345; theme=dark'],
    ['Referer', 'http://a.example/?token=999&page=2'],
  ] as const;
  const { target, headers: masked, masked: names } = kept({ target: '/login?user=ann&pass%77ord=geheim&q=1', headers });
  assert.equal(target, '/login?user=ann&pass%77ord=xxxxxx&q=1');
  assert.deepEqual(masked, [
    ['Host', 'a.example'],
    ['Authorization', 'Bearer xxxxxxx'],
    ['Cookie', 'sid=xxxxx; theme=xxxx'],
    ['Referer', 'http://a.example/?token=xxx&page=2'],
  ]);
  assert.deepEqual(names, [
    'REQUEST_HEADERS:Authorization',
    'REQUEST_COOKIES:sid',
    'REQUEST_COOKIES:theme',
    'ARGS:password',
  ]);
});

test('bodies: forms, JSON, multipart', () => {
  const post = (type: string, body: string) => kept({ method: 'POST', headers: [['Content-Type', type]], body }).body;
  assert.equal(post(form[0][1], 'a=1&password=abc&b=2'), 'a=1&password=xxx&b=2');
  assert.equal(
    post('application/json', '{"user":{"password": "a\\"b", "name":"x"}, "token":12}'),
    '{"user":{"password": "xxxx", "name":"x"}, "token":00}',
  );
  const multipart = '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--b--\r\n';
  assert.equal(post('multipart/form-data; boundary=b', multipart), multipart.replace('hunter2', 'xxxxxxx'));
});

test('a body is kept to its bound, and what is cut is cut after it was masked', () => {
  const long = kept({ method: 'POST', headers: form, body: `password=${'s'.repeat(50)}` }, 20);
  assert.deepEqual([long.body, long.isBodyCut], ['password=xxxxxxxxxxx', true]);
});

test('no secret of a form is kept, whatever it is', () => {
  const secret = fc.string({ minLength: 6, maxLength: 30 }).map((text) => `Zq7${encodeURIComponent(text)}`);
  fc.assert(
    fc.property(secret, fc.constantFrom('password', 'access_token', 'api_key', 'PASSWD'), (value, name) => {
      const request = kept({
        target: `/?${name}=${value}`,
        method: 'POST',
        headers: form,
        body: `x=1&${name}=${value}`,
      });
      assert(!JSON.stringify(request).includes('Zq7'), JSON.stringify(request));
    }),
    { numRuns: 100 },
  );
});

test('what a rule looked at is known to be masked by its name', () => {
  const masked = ['ARGS:password', 'REQUEST_COOKIES:sid', 'REQUEST_HEADERS:Authorization'];
  assert(isMasked('ARGS:password', masked));
  assert(isMasked('ARGS_POST:PASSWORD', masked));
  assert(isMasked('REQUEST_COOKIES:sid', masked));
  assert(!isMasked('ARGS:text', masked));
  assert(!isMasked('ARGS', masked));
  assert(!isMasked('REQUEST_HEADERS:sid', masked));
});
