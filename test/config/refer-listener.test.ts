// Whom a listener believes: what `check` says about it, as it is read.

import { test } from 'node:test';
import { expectHints } from '../support/config.ts';

const listener = (address: string, more: string) => `listeners { listener "a" { address "${address}"; ${more} } }`;

test('networks that are none are refused at their place', () => {
  expectHints(listener('127.0.0.1:0', 'trusted-proxies "10.0.0.0/8" "unix" "10.0.0.1/8" "Unix" "lb"'), [
    `1:87 config-bad-value '"10.0.0.1/8"'`,
    `1:100 config-bad-value '"Unix"' -> write "unix"`,
    `1:107 config-bad-value '"lb"'`,
  ]);
});

test('PROXY headers that nobody may send are refused, on loopback too', () => {
  for (const word of ['accept', 'require'])
    expectHints(listener('127.0.0.1:0', `proxy-protocol "${word}"`), [
      `1:66 config-missing-key '"${word}"' -> add: trusted-proxies "10.0.0.0/8"`,
    ]);
  expectHints(listener('127.0.0.1:0', 'proxy-protocol "require"; trusted-proxies "127.0.0.1"'), []);
  expectHints(listener('127.0.0.1:0', 'proxy-protocol "off"'), []);
});

test('trusting everybody is warned of where everybody can connect', () => {
  const hint = 'name the networks of the proxies in front, or listen where only they can connect';
  for (const everybody of ['0.0.0.0/0', '::/0'])
    expectHints(listener('0.0.0.0:8080', `trusted-proxies "${everybody}"`), [
      `warning 1:68 listener-trusts-everybody '"${everybody}"' -> ${hint}`,
    ]);
  expectHints(listener('127.0.0.1:0', 'trusted-proxies "0.0.0.0/0"'), []);
});

test('values that could not be read are told once, and nothing else is made of them', () => {
  expectHints(listener('127.0.0.1:0', 'trusted-proxies 7; proxy-protocol "always"'), [
    `1:67 config-wrong-type '7' -> write "7"`,
    `1:85 config-bad-value '"always"'`,
  ]);
});
