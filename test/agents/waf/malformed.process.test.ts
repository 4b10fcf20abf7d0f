// Bodies of a megabyte that are malformed somewhere, boundaries that nobody would write, every byte in every place: each
// ends with a verdict or an error that rules can see, and never with an exception. Where chance chooses, its seed is in
// the message of what fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Transaction } from '../../../agents/waf/engine.ts';
import { type Ask, form, logged, ruleSetOf, run } from './support.ts';

const rules = ruleSetOf(`SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/html
SecRequestBodyLimit 2097152
SecRequestBodyNoFilesLimit 2097152
SecRequestBodyJsonDepthLimit 512
SecRule REQUEST_HEADERS:Content-Type "@rx json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@rx xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQBODY_ERROR|MULTIPART_STRICT_ERROR|MULTIPART_UNMATCHED_BOUNDARY|MULTIPART_CRLF_LF_LINES|URLENCODED_ERROR "!@eq 0" "id:3,phase:2,deny,status:400,log,msg:'%{REQBODY_ERROR_MSG}'"
SecRule ARGS|ARGS_NAMES|REQUEST_HEADERS|REQUEST_URI|REQUEST_METHOD|REQUEST_LINE|FILES|XML:/*|RESPONSE_BODY "@rx (?i)never(.)" "id:4,phase:4,pass,log,capture,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode,t:cssDecode,msg:'%{MATCHED_VAR}'"
SecAction "id:5,phase:5,pass,log,msg:'%{REQUEST_LINE} %{REQUEST_HEADERS.x} %{ARGS.a}'"`);

const mebibyte = 1024 * 1024;
const filled = (piece: string): string => piece.repeat(Math.ceil(mebibyte / piece.length));
const multipart = [['Content-Type', 'multipart/form-data; boundary=x']] as const;

/** Whole bodies: each passes as it stands. */
const bodies: Readonly<Record<string, Ask & { readonly body: string }>> = {
  form: { headers: form, body: `a=${filled('x%41+')}` },
  JSON: { headers: [['Content-Type', 'application/json']], body: `{"a":["${filled('x\\u0041')}",-1.5e3,{"b":null}]}` },
  XML: {
    headers: [['Content-Type', 'text/xml']],
    body: `<?xml version="1.0"?><a b="&#65;">${filled('<c>x</c>').slice(0, mebibyte - (mebibyte % 8))}</a>`,
  },
  multipart: {
    headers: multipart,
    body: `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name="f"; filename="g"\r\nContent-Type: a/b\r\n\r\n${filled('bytes\r\n')}\r\n--x--\r\n`,
  },
};

function isSettled(transaction: Transaction): void {
  const { verdict, state } = transaction;
  assert(verdict.kind === 'pass' || verdict.kind === 'deny', verdict.kind);
  assert.equal(
    verdict.kind === 'deny',
    state.bodyError !== undefined || state.body.error !== undefined || hasFlag(transaction),
  );
}

const hasFlag = ({ state }: Transaction): boolean => Object.values(state.body.flags).some(Boolean);
const post = (ask: Ask): Transaction => run(rules, { method: 'POST', ...ask });

for (const [name, ask] of Object.entries(bodies)) {
  test(`${name} of a megabyte is read as it stands`, () => {
    const { kind } = post({
      ...ask,
      body: name === 'XML' ? ask.body.replaceAll('<c>x</c>', 'xxxxxxxx') : ask.body,
    }).verdict;
    assert.equal(kind, 'pass');
  });

  test(`${name}: a byte changed, left out or put in, or the end missing, at any position`, () => {
    const { body } = ask;
    const near = fc.oneof(
      fc.nat(200),
      fc.nat(200).map((back) => body.length - back),
      fc.nat(body.length),
    );
    const break_ = fc.constantFrom<(at: number, byte: string) => string>(
      (at, byte) => body.slice(0, at) + byte + body.slice(at + 1),
      (at, byte) => body.slice(0, at) + byte + body.slice(at),
      (at) => body.slice(0, at) + body.slice(at + 1),
      (at) => body.slice(0, at),
      (at) => body.slice(at),
    );
    const bytes = fc.oneof(
      fc.constantFrom(...'\0\r\n"\'<>&;%+={}[],:\\-/\x7f\x80\xff'),
      fc.nat(255).map((code) => String.fromCharCode(code)),
    );
    fc.assert(
      fc.property(near, break_, bytes, (at, change, byte) => isSettled(post({ ...ask, body: change(at, byte) }))),
      { numRuns: 60, endOnFailure: true },
    );
  });
}

test('boundaries from hell', () => {
  const boundaries = [
    '',
    '""',
    '"',
    '"x',
    'x"',
    '" "',
    ' ',
    '\t',
    '-',
    '--',
    '---',
    'x-',
    'x--',
    '=',
    '==',
    ';',
    ',',
    'x;',
    'x, y',
    'x y',
    '\0',
    '\xff',
    '\\',
    '"\\""',
    "'x'",
    '(x)',
    '<x>',
    '@',
    'x/y',
    '%78',
    'a'.repeat(70),
    'a'.repeat(71),
    'a'.repeat(256),
    'a'.repeat(5000),
    '\r\n',
    '*',
    '.*',
    '(a+)+$',
  ];
  const types = boundaries.flatMap((boundary) => [
    `multipart/form-data; boundary=${boundary}`,
    `multipart/form-data; BOUNDARY = ${boundary}`,
    `multipart/form-data; boundary=${boundary}; boundary=x`,
    `multipart/form-data; a=b;boundary=${boundary};`,
    `multipart/form-data boundary=${boundary}`,
    `multipart/form-data; boundary${boundary}`,
  ]);
  for (const type of types) {
    for (const boundary of [...boundaries.slice(0, 16), 'x']) {
      const part = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--${boundary}--\r\n`;
      for (const body of [
        part,
        `--${boundary}`,
        `--${boundary}--`,
        `\r\n--${boundary}\r\n\r\n`,
        part.repeat(3),
        part.replaceAll('\r', ''),
      ])
        isSettled(post({ headers: [['Content-Type', type]], body }));
    }
  }
});

test('every byte in every place', () => {
  for (let code = 0; code < 256; code += 1) {
    const byte = String.fromCharCode(code);
    const places: readonly Ask[] = [
      { method: `G${byte}T` },
      { method: byte },
      { target: byte },
      { target: `/a${byte}b?c${byte}=d${byte}` },
      { target: `/?a=%${byte}1&b=%u00${byte}1&c=&#x${byte};` },
      { headers: [[`X${byte}Y`, 'a']] },
      { headers: [['X', `${byte}a${byte}`]] },
      { headers: [['Cookie', `a${byte}=b${byte}c; d`]] },
      { headers: [['Content-Type', `${byte}application/json${byte}`]], method: 'POST', body: byte },
      {
        headers: [
          ['Content-Length', byte],
          ['Transfer-Encoding', byte],
        ],
      },
      {
        response: {
          headers: [
            ['Content-Type', 'text/html'],
            [byte, byte],
          ],
          body: `never${byte}`,
        },
      },
      ...Object.values(bodies).flatMap(({ headers }): Ask[] => [
        { method: 'POST', headers: headers ?? [], body: byte },
        { method: 'POST', headers: headers ?? [], body: `a${byte}b=${byte}` },
        { method: 'POST', headers: headers ?? [], body: `{"a${byte}":"${byte}"}` },
        { method: 'POST', headers: headers ?? [], body: `<a b="${byte}">${byte}</a>` },
        {
          method: 'POST',
          headers: headers ?? [],
          body: `--x\r\nContent-Disposition: form-data; name="${byte}"${byte}\r\n\r\n${byte}\r\n--x--${byte}`,
        },
      ]),
    ];
    for (const place of places) {
      const transaction = run(rules, place);
      assert(['pass', 'deny'].includes(transaction.verdict.kind));
      assert(logged(transaction).includes(5), 'the logging phase has run');
    }
  }
});

const many = ruleSetOf(`SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 13107200
SecArgumentsLimit 100000
SecRequestBodyJsonDepthLimit 10000
SecRule REQUEST_HEADERS:Content-Type "@rx json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "@rx xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQBODY_ERROR "!@eq 0" "id:3,phase:2,deny,status:400,log"
SecRule ARGS "@rx ^1$" "id:4,phase:2,pass,log,setvar:tx.n=+1"
SecRule XML:/* "@rx ^x$" "id:5,phase:2,pass,log,setvar:tx.n=+1"`);

test('100,000 arguments are looked at one by one, and one more is an error', () => {
  const atBound = run(many, { method: 'POST', headers: form, body: 'a=1&'.repeat(100_000).slice(0, -1) });
  assert.deepEqual([atBound.verdict.kind, atBound.state.tx.get('n')], ['pass', '100000']);
  assert(logged(atBound).length <= 5000, 'the log is bounded');
  assert.equal(run(many, { method: 'POST', headers: form, body: 'a=1&'.repeat(100_001) }).verdict.status, 400);
  const inQuery = run(rules, { target: `/?${'a=1&'.repeat(100_000)}` });
  assert.match(inQuery.state.bodyError ?? '', /arguments/);
});

test('10,000 levels of JSON and XML are read to the bottom, and one more is an error', () => {
  const json = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
  const xml = (levels: number): string => `${'<a>'.repeat(levels)}x${'</a>'.repeat(levels)}`;
  const asked = (type: string, body: string) => run(many, { method: 'POST', headers: [['Content-Type', type]], body });
  for (const [type, make] of [
    ['application/json', json],
    ['text/xml', xml],
  ] as const) {
    const deep = asked(type, make(10_000));
    assert.deepEqual([deep.verdict.kind, deep.state.tx.get('n')], ['pass', '1'], type);
    for (const body of [make(10_001), make(300_000), make(10_000).slice(0, -1)])
      assert.equal(asked(type, body).verdict.status, 400);
  }
});
