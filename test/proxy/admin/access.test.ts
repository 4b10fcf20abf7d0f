// Who may look: the token where there is one, names of loopback on loopback, no page of another site anywhere.

import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { Secret } from '#config/secret';
import { AdminAccess } from '../../../proxy/admin/access.ts';

const local = new AdminAccess('127.0.0.1:9090', undefined);
const local6 = new AdminAccess('[::1]:9090', undefined);
const wide = new AdminAccess('0.0.0.0:9090', new Secret('s3cret:x'));
const file = new AdminAccess('unix:/run/admin.sock', undefined);
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

const cases: ReadonlyArray<readonly [string, AdminAccess, IncomingHttpHeaders, number | undefined]> = [
  ['a name of loopback', local, { host: 'localhost:9090' }, undefined],
  ['its address', local, { host: '127.0.0.1:9090' }, undefined],
  ['without a port, in capitals', local, { host: 'LOCALHOST' }, undefined],
  ['the address of IPv6', local6, { host: '[::1]:9090' }, undefined],
  ['a name that was made to point here', local, { host: 'evil.example:9090' }, 403],
  ['a name that begins like loopback', local, { host: 'localhost.evil.example' }, 403],
  ['a name with a port that is none', local, { host: 'localhost:9090.evil' }, 403],
  ['no name', local, {}, 403],
  ['an odd name', local, { host: '[::1' }, 403],
  ['any name on a socket file', file, { host: 'x' }, undefined],
  ['the own page', local, { host: 'localhost', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, undefined],
  [
    'typed by a person',
    local,
    { host: 'localhost', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
    undefined,
  ],
  [
    'a link',
    local,
    { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    undefined,
  ],
  [
    'a frame in another site',
    local,
    { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    403,
  ],
  [
    'a script of another site',
    local,
    { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    403,
  ],
  [
    'a script of another port',
    local,
    { host: 'localhost', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    403,
  ],
  ['no token', wide, { host: 'x' }, 401],
  ['the token', wide, { host: 'x', authorization: 'Bearer s3cret:x' }, undefined],
  ['the token as a password', wide, { host: 'x', authorization: basic('anybody:s3cret:x') }, undefined],
  ['the token as a name', wide, { host: 'x', authorization: basic('s3cret:x:') }, 401],
  ['a wrong token', wide, { host: 'x', authorization: 'Bearer s3cret' }, 401],
  ['another scheme', wide, { host: 'x', authorization: 'Digest s3cret:x' }, 401],
];

for (const [what, access, headers, expected] of cases) {
  test(`may ${what}? ${expected ?? 'yes'}`, () => assert.equal(access.refusal(headers)?.status, expected));
}
