// A curl command line means what curl makes of it: the same words are given to curl itself, and what arrives at a socket
// is compared. Where there is no curl, its side is left out, aloud.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { execa } from 'execa';
import { requestFromBytes } from '../../../../agents/waf/explain/asked.ts';
import { requestFromCurl } from '../../../../agents/waf/explain/curl.ts';

const hasCurl = !(await execa('curl', ['--version'], { reject: false })).failed;

/** What curl sends for these words; the address is put behind them. */
async function sentBy(words: readonly string[], path: string): Promise<string> {
  let text = '';
  await using server = createServer((socket) => {
    socket.setEncoding('latin1').on('data', (piece) => {
      text += String(piece);
      const [head = '', body] = text.split(/\r\n\r\n(.*)/s);
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (body !== undefined && body.length >= length)
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await execa('curl', ['-q', '--noproxy', '*', '-s', ...words, `http://127.0.0.1:${port}${path}`], { timeout: 10_000 });
  return text.replaceAll(`127.0.0.1:${port}`, 'h');
}

const commands: ReadonlyArray<readonly [path: string, ...words: string[]]> = [
  ['/'],
  ['/a?b=%27c', '-A', 'me', '-e', 'http://r/', '--cookie', 'a=b; c=d'],
  ['/', '-d', 'a=1', '-d', "b=it's"],
  ['/', '--data-urlencode', 'a=1 & ü', '--data-urlencode', 'x y', '--data-urlencode', '=z&'],
  ['/?q=1', '-G', '-d', 'a=1', '--data-urlencode', 'b= '],
  ['/', '--data-raw', '@a\nb'],
  ['/', '--data-binary', 'a\r\nb', '-H', 'Content-Type: text/plain'],
  ['/', '--json', '{"a":1}', '--json', ' '],
  ['/', '-XPUT', '-Hx: y', '-H', 'Accept:', '-H', 'Empty;', '-H', 'User-Agent:  z '],
  ['/', '-u', 'me:pass'],
  ['/', '-sSLk', '--compressed', '-o', '/dev/null', '--max-time', '5'],
  [
    '/',
    '-F',
    'a=1',
    '-F',
    'b="x;y";type=text/plain',
    '-F',
    'c=content;filename=n.txt;type=a/b',
    '--form-string',
    'd=@e;f',
  ],
  ['/', '-0', '-r', '0-9'],
];

for (const [path, ...words] of commands) {
  test(`curl ${words.join(' ')} ${path}`, async (t) => {
    const ours = requestFromCurl(
      ['curl', ...words, `http://h${path}`].map((word) => Buffer.from(word).toString('latin1')),
    );
    assert(!('problem' in ours), JSON.stringify(ours));
    if (!hasCurl) return t.skip('SKIPPED, curl is not installed: nothing was compared');
    const theirs = requestFromBytes(await sentBy(words, path));
    assert(!('problem' in theirs));
    assert.deepEqual(comparable(ours), comparable(theirs));
  });
}

/** Boundaries are made up, versions of curl differ in their names, encodings and the order of what they add. */
function comparable(request: Exclude<ReturnType<typeof requestFromCurl>, { readonly problem: string }>) {
  const boundary = /boundary=(.*)/.exec(request.headers.find(([name]) => name === 'Content-Type')?.[1] ?? '')?.[1];
  const same = (text: string): string =>
    (boundary === undefined ? text : text.replaceAll(boundary, 'BOUNDARY')).replace(/^curl\/.*/, 'curl');
  const headers = request.headers
    .filter(([name]) => boundary === undefined || name !== 'Content-Length')
    .map(([name, value]) => `${name}: ${name === 'Accept-Encoding' ? '' : same(value)}`);
  return { ...request, headers: headers.toSorted(), body: request.body === undefined ? undefined : same(request.body) };
}

test('what would read a file, is not known, or names two addresses is refused', () => {
  const refusals: ReadonlyArray<readonly [line: string, why: RegExp]> = [
    ['curl -d @file http://h', /from a file/],
    ['curl -F a=@file http://h', /from a file/],
    ['curl -b jar http://h', /from a file/],
    ['curl -H @file http://h', /from a file/],
    ['curl --data-urlencode a@file http://h', /from a file/],
    ['curl --ftp-port x http://h', /--ftp-port is not understood/],
    ['curl -Q x http://h', /-Q is not understood/],
    ['curl http://h http://i', /two addresses/],
    ['curl -H', /needs a value/],
    ['curl', /names no address/],
    ["curl 'http://h", /not closed/],
    ['curl -F a http://h', /no name=value/],
  ];
  for (const [line, why] of refusals) {
    const asked = requestFromCurl([line]);
    assert('problem' in asked && why.test(asked.problem), `${line}: ${JSON.stringify(asked)}`);
  }
});
