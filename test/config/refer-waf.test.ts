// Keys of the firewall that do nothing beside each other, and names that it brings.

import { test } from 'node:test';
import { expectProblems } from '../support/config.ts';

const listener = 'listeners { listener "h" { address "127.0.0.1:0" } }\n';
const route = (more = '') => `routes { route "r" { builtin-handler "status"; ${more} } }\n`;
const own = (more = '') =>
  `agents { agent "w" { use "waf"; transport { unix-socket "s" }; events "request-headers" "log"; failure-mode "open"; ${more} } }\nfilters { filter "f" { agent "w" } }\n`;

test('an agent that is the firewall, without the block; a block beside it', () => {
  expectProblems(listener + route('filters "f"') + own(), ['3:26 config-conflict \'"waf"\'']);
  expectProblems(`${listener}${route('filters "f"')}${own()}waf { }`, []);
  expectProblems(`${listener}${route('filters "f"')}${own('config { a 1 }')}waf { }`, [
    "3:117 config-conflict 'config'",
  ]);
});

test('keys about asking belong to the agent where there is one', () => {
  expectProblems(`${listener}${route('filters "f"')}${own()}waf { failure-mode "open"; timeout-ms 5; instances 2 }`, [
    '5:20 config-conflict \'"open"\'',
    "5:39 config-conflict '5'",
    "5:52 config-conflict '2'",
  ]);
});

test('a transaction that would never begin, or never end', () => {
  const text = `${listener}${route('filters "f"')}${own()}waf { }`;
  expectProblems(text.replace(' "log"', ''), ["3:64 config-missing-key 'events'"]);
  expectProblems(text.replace('"request-headers" ', ''), ["3:64 config-missing-key 'events'"]);
});

test('names that come with the block', () => {
  expectProblems(
    `${listener}${route('filters "waf"')}agents { agent "waf" { use "echo"; transport { unix-socket "s" }; events "log"; failure-mode "open" } }\nfilters { filter "waf" { agent "waf" } }\nwaf { }`,
    ['3:16 config-conflict \'"waf"\'', '4:18 config-conflict \'"waf"\''],
  );
});

test('a route that speaks of a firewall that does not see it', () => {
  expectProblems(listener + route('waf { mode "off" }'), ["2:48 config-conflict 'waf'"]);
  expectProblems(`${listener}${route('waf { mode "off" }')}waf { }`, []);
  expectProblems(
    `${listener}routes { route "s" { matches { path "/s" }; builtin-handler "status"; waf { } }; route "r" { builtin-handler "status"; filters "f" } }\n${own()}waf { }`,
    ["2:71 config-conflict 'waf'"],
  );
});

test('an exclusion of nothing', () => {
  expectProblems(`${listener}${route()}waf { exclusions { exclusion "e" { path "/x" } } }`, [
    "3:20 config-missing-key 'exclusion'",
  ]);
  expectProblems(`${listener}${route('waf { exclusions { exclusion "e" { path "/x" } } }')}waf { }`, [
    "2:67 config-missing-key 'exclusion'",
  ]);
});

test('one file for collections, and several processes', () => {
  expectProblems(`${listener}${route()}waf { instances 2; collections-file "c" }`, ['3:37 config-conflict \'"c"\'']);
});
