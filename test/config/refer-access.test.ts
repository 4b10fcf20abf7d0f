// What `check` says about rates, users, origins and folders, at their places.

import { test } from 'node:test';
import { expectHints, expectProblems } from '../support/config.ts';
import { tempFolder } from '../support/temp-folder.ts';

const route = (text: string) =>
  `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "a" { ${text} } }`;
const echo = (text: string) => route(`builtin-handler "echo"; ${text}`);

/** Where it stands, by its text: `2:57`. */
const at = (text: string, marked: string) => `2:${(text.split('\n')[1] ?? '').indexOf(marked) + 1}`;

test('a rate limit has one rate', () => {
  const none = echo('policies { rate-limit { burst 3 } }');
  expectHints(none, [`${at(none, 'rate-limit')} config-missing-key 'rate-limit' -> add: requests-per-second 10`]);
  const both = echo('policies { rate-limit { requests-per-second 3; requests-per-minute 77 } }');
  expectHints(both, [`${at(both, '77')} config-conflict '77' -> keep one of the two`]);
  const badKey = echo('policies { rate-limit { requests-per-second 3; key "cookies:a" } }');
  expectProblems(badKey, [`${at(badKey, '"cookies')} config-bad-value '"cookies:a"'`]);
});

test('credentials are for origins that are named', () => {
  const all = echo('policies { cors { origins "*"; credentials #true } }');
  expectHints(all, [`${at(all, '#true')} config-conflict '#true' -> name the origins, or leave credentials out`]);
  expectProblems(echo('policies { cors { origins "https://a.example"; credentials #true } }'), []);
  for (const bad of ['https://a.example/', 'https://A.example', 'a.example', 'null', 'https://*.example']) {
    const text = echo(`policies { cors { origins "${bad}" } }`);
    expectProblems(text, [`${at(text, `"${bad}"`)} config-bad-value '"${bad}"'`]);
  }
});

test('a users file without a user that can be checked is refused', () => {
  using folder = tempFolder({ users: 'anna:secret\n' });
  const text = echo(`basic-auth { users-file "${folder.of('users')}" }`);
  const hint = 'make lines with: sentinel-stack hash-password NAME';
  expectHints(text, [`${at(text, `"${folder.path}`)} config-bad-value '"${folder.of('users')}"' -> ${hint}`]);
});

test('a root is a folder that is there', () => {
  using folder = tempFolder({ 'www/a': 'x' });
  const files = (root: string) => route(`static-files { root "${root}" }`);
  expectProblems(files(folder.of('www')), []);
  expectProblems(files('www'), [], { cwd: folder.path });
  for (const [root, hint] of [
    [folder.of('nowhere'), 'make it, or correct the path'],
    [folder.of('www/a'), 'name the folder that holds the file'],
  ] as const) {
    const text = files(root);
    expectHints(text, [`${at(text, `"${root}`)} config-folder-unusable '"${root}"' -> ${hint}`]);
  }
});

test('a route serves files or does something else, and may rewrite what it serves', () => {
  using folder = tempFolder({ 'www/a': 'x' });
  const files = `static-files { root "${folder.of('www')}" }`;
  const both = route(`${files}; builtin-handler "echo"`);
  expectProblems(both, [`${at(both, 'static-files')} config-conflict 'static-files'`]);
  expectProblems(route(`${files}; rewrite { strip-prefix "/x" }`), []);
});

const hashed = '$scrypt$ln=15,r=8,p=3$BwcHBwcHBwcHBwcHBwcHBw$4PGXJ2Dn0uWzSNDKqjHTp2dkG2m0gSVJm5nBOTKWKoM';

test('passwords in clear are warned of, where others than this host can connect', () => {
  using folder = tempFolder({ users: `anna:${hashed}\n` });
  const text = (listener: string, matches = '') =>
    `listeners { listener "l" { ${listener} } }\nroutes { route "a" { ${matches} builtin-handler "echo"; basic-auth { users-file "${folder.of('users')}" } } }`;
  const open = text('address "0.0.0.0:8080"');
  expectProblems(open, [`warning ${at(open, 'basic-auth')} password-in-clear 'basic-auth'`]);
  expectProblems(text('address "127.0.0.1:8080" "unix:/run/a"'), []);
  expectProblems(text('address "0.0.0.0:8080"; trusted-proxies "10.0.0.0/8"'), []);
  expectProblems(text('address "0.0.0.0:8080"', 'matches { scheme "https" };'), []);
});
