// What is judged when everything has been read, rule by rule, as transcripts.

import { test } from 'node:test';
import { expectHints, expectProblems } from '../support/config.ts';

const listener = 'listeners { listener "test" { address "127.0.0.1:0" } }\n';
const agent = (name: string, more = '') =>
  `agent "${name}" { use "echo"; transport { unix-socket "${name}.sock" }; events "request-headers"; failure-mode "open"; ${more} }`;

const references: ReadonlyArray<readonly [title: string, text: string, problems: readonly string[]]> = [
  [
    'an upstream',
    'routes { route "a" { upstream "shpo" } }\nupstreams { upstream "shop" { target "b:1" } }',
    [`2:31 config-unknown-name '"shpo"' -> did you mean "shop" (test.kdl:3)?`],
  ],
  [
    'a filter, one of several',
    'routes { route "a" { builtin-handler "status"; filters "x" "y" } }\nfilters { filter "x" { agent "y" } }',
    [`2:60 config-unknown-name '"y"' -> there are: "x"`, `3:30 config-unknown-name '"y"' -> there are no agents`],
  ],
  [
    'nothing of that kind',
    'routes { route "a" { upstream "b" } }',
    [`2:31 config-unknown-name '"b"' -> there are no upstreams`],
  ],
  [
    'more than can be listed',
    `routes { ${'abcdefghij'.replace(/./g, (name) => `route "${name}" { builtin-handler "status"; matches { path "/${name}" } }; `)} }\nlisteners { listener "b" { address "127.0.0.1:0"; default-route "nowhere" } }`,
    [`3:65 config-unknown-name '"nowhere"' -> there are: "a", "b", "c", "d", "e", "f", "g", "h", …`],
  ],
];

for (const [title, text, problems] of references) {
  test(`a name that does not exist: ${title}`, () => expectHints(listener + text, problems));
}

const alone = (address: string, other: string) =>
  `listeners { listener "a" { address "${address}" }; listener "b" { address "${other}" } }`;

const addresses: ReadonlyArray<readonly [one: string, other: string, clash: boolean]> = [
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['127.0.0.1:80', '127.0.0.1:81', false],
  ['127.0.0.1:80', '127.0.0.2:80', false],
  ['127.0.0.1:80', '0.0.0.0:80', true],
  ['0.0.0.0:80', '127.0.0.1:80', true],
  ['[::]:80', '127.0.0.1:80', true],
  ['LOCALHOST:80', 'localhost:80', true],
  ['127.0.0.1:0', '127.0.0.1:0', false],
  ['unix:/a', 'unix:/a', true],
  ['unix:/a', 'unix:/b', false],
];

for (const [one, other, clash] of addresses) {
  test(`${one} beside ${other} ${clash ? 'clashes' : 'is fine'}`, () => {
    const column = 65 + one.length;
    expectProblems(alone(one, other), clash ? [`1:${column} config-duplicate-address '"${other}"'`] : []);
  });
}

test('the admin side shares no address with a listener', () => {
  expectHints('listeners { listener "a" { address "127.0.0.1:80" } }\nadmin { address "127.0.0.1:80" }', [
    `2:17 config-duplicate-address '"127.0.0.1:80"' -> give each listener an address of its own`,
  ]);
});

const reachable: ReadonlyArray<readonly [address: string, problems: readonly string[]]> = [
  ['"127.0.0.1:0" "[::1]:0" "localhost:0" "unix:/run/a.sock"', []],
  ['"0.0.0.0:80"', ['1:61 config-conflict \'"waf-lab"\' -> listen on "127.0.0.1:8080"']],
  ['"127.0.0.1:80" "192.0.2.1:81"', ['1:78 config-conflict \'"waf-lab"\' -> listen on "127.0.0.1:8080"']],
];

for (const [address, problems] of reachable) {
  test(`a listener for odd requests is never reachable from outside: ${address}`, () =>
    expectHints(`listeners { listener "a" { address ${address}; strictness "waf-lab" } }`, problems));
}

const secure: ReadonlyArray<readonly [title: string, admin: string, problems: readonly string[]]> = [
  ['on loopback', 'address "127.0.0.1:9090"', []],
  ['on a socket', 'address "unix:/run/admin.sock"', []],
  [
    'on all addresses',
    'address "0.0.0.0:9090"',
    [`2:17 config-public-without-token '"0.0.0.0:9090"' -> listen on "127.0.0.1:9090", or add: token-file "…"`],
  ],
  [
    'on a host name',
    'address "example:9090"',
    [`2:17 config-public-without-token '"example:9090"' -> listen on "127.0.0.1:9090", or add: token-file "…"`],
  ],
  [
    'a token that cannot be read',
    'address "0.0.0.0:90"; token-file "nowhere"',
    [`2:42 config-secret-unreadable '"nowhere"'`],
  ],
];

for (const [title, admin, problems] of secure) {
  test(`the admin side ${title}`, () => expectHints(`${listener}admin { ${admin} }`, problems));
}

test('nothing listens', () => {
  expectHints('', ['- config-missing-key -> add: listeners { listener "http" { address "127.0.0.1:8080" } }']);
  expectHints('upstreams { upstream "a" { target "b:1" } }', [
    '- config-missing-key -> add: listeners { listener "http" { address "127.0.0.1:8080" } }',
    `warning 1:22 config-unused '"a"'`,
  ]);
});

test('a route goes to one place', () => {
  expectHints(
    `${listener}routes { route "a" { }; route "b" { upstream "u"; builtin-handler "status" } }
upstreams { upstream "u" { target "b:1" } }`,
    [
      `2:10 config-missing-key 'route' -> add: upstream "…", static-files { root "…" }, builtin-handler "…", or redirect { to "…" }`,
      "warning 2:25 route-unreachable 'route'",
      '2:67 config-conflict \'"status"\' -> keep one of the two',
    ],
  );
});

test('a route whose handler could not be read is not told that it has none', () => {
  expectHints(`${listener}routes { route "a" { builtin-handler "statsu" } }`, [
    `2:38 config-bad-value '"statsu"' -> did you mean "status"?`,
  ]);
});

test('regular expressions are those of RE2', () => {
  const route = (expression: string) =>
    `${listener}routes { route "a" { builtin-handler "status"; matches { path-regex #"${expression}"# } } }`;
  expectProblems(route('^/v\\d+$'), []);
  for (const bad of ['(', '(?=a)', '(a)\\1', 'a{5000}'])
    expectProblems(route(bad), [`2:69 config-bad-value '#"${bad}"#'`]);
});

const route = (name: string, matches: string, more = '') =>
  `route "${name}" { builtin-handler "status"; matches { ${matches} }; ${more} }\n`;
const high = 'priority "high"';

const reach: ReadonlyArray<readonly [title: string, first: string, second: string, unreachable: boolean]> = [
  ['the same twice', route('a', 'path "/"'), route('b', 'path "/"'), true],
  ['the same, of higher priority behind', route('a', 'path "/"'), route('b', 'path "/"', high), true],
  ['everything first', route('a', '', high), route('b', 'path "/"'), true],
  ['everything, of the same priority', route('a', ''), route('b', 'path "/"'), false],
  ['a prefix above', route('a', 'path-prefix "/api"', high), route('b', 'path "/api/v1"'), true],
  ['a prefix beside', route('a', 'path-prefix "/api"', high), route('b', 'path-prefix "/apis"'), false],
  ['a host below a wildcard', route('a', 'host "*.x.y"', high), route('b', 'host "a.x.y"'), true],
  ['another host', route('a', 'host "a.b"', high), route('b', 'host "c.d"'), false],
  ['any host below one', route('a', 'host "a.b"', high), route('b', ''), false],
  ['fewer methods', route('a', 'method "GET" "POST"', high), route('b', 'method "GET"'), true],
  ['another method', route('a', 'method "POST"', high), route('b', 'method "GET"'), false],
  ['two kinds of path', route('a', 'path "/x"; path-prefix "/y"', high), route('b', 'path "/x"'), false],
  ['the same expression', route('a', 'path-regex "^/"', high), route('b', 'path-regex "^/"'), true],
  ['an expression', route('a', 'path-regex "^/"', high), route('b', 'path "/x"'), false],
];

for (const [title, first, second, unreachable] of reach) {
  test(`reachable routes: ${title}`, () => {
    const hidden = second.includes(high) ? 2 : 3;
    const expected = unreachable ? [`warning ${hidden === 2 ? '2:10' : '3:1'} route-unreachable 'route'`] : [];
    expectProblems(`${listener}routes { ${first}${second} }`, expected);
  });
}

test('a route that redirects does nothing else, and one that forwards nothing rewrites nothing', () => {
  expectHints(
    `${listener}routes { route "a" { redirect { to "/x" }; builtin-handler "status" }
route "b" { matches { path "/b" }; redirect { to "/x" }; rewrite { strip-prefix "/b" } } }`,
    [
      "2:22 config-conflict 'redirect' -> keep one of the two",
      "3:58 config-conflict 'rewrite' -> give it an upstream, or remove the rewrite",
    ],
  );
});

test('a rewrite is whole, and names groups that there are', () => {
  const rewrite = (rules: string) =>
    `${listener}upstreams { upstream "u" { target "a:1" } }\nroutes { route "a" { upstream "u"; rewrite { ${rules} } } }`;
  expectHints(rewrite('path-regex "^/(a)"; to "/$1"'), []);
  expectHints(rewrite('path-regex "^/a"'), [`3:57 config-missing-key '"^/a"' -> add: to "/new/$1"`]);
  expectHints(rewrite('to "/a"'), [`3:49 config-missing-key '"/a"' -> add: path-regex "^/old/(.*)$"`]);
  expectHints(rewrite('path-regex "^/(a)"; to "/$2"'), [
    `3:69 config-bad-value '"/$2"' -> groups are the parentheses of the expression`,
  ]);
});

test('every expression is one of RE2, wherever it stands', () => {
  const matches = 'host-regex "("; header "A" regex="("; query-param "q" { regex "(" }';
  expectProblems(`${listener}routes { ${route('a', matches)}${route('b', 'path "/b"; path-regex "("')} }`, [
    `2:69 config-bad-value '"("'`,
    `2:91 config-bad-value '"("'`,
    `2:120 config-bad-value '"("'`,
    `3:71 config-bad-value '"("'`,
  ]);
});

test('a path that no request has is no matcher', () => {
  expectHints(`${listener}routes { ${route('a', 'path "/%61/café" "/a"; path-prefix "/x/../y"')} }`, [
    `2:63 config-bad-value '"/%61/café"' -> write "/a/caf%C3%A9"`,
    `2:93 config-bad-value '"/x/../y"' -> write "/y"`,
  ]);
});

test('networks and header names are what they must be', () => {
  expectProblems(
    `${listener}routes { ${route('a', 'source "10.0.0.1/8" "::/0"; header "Host"; header "X" "1" value="2"')} }`,
    [`2:65 config-bad-value '"10.0.0.1/8"'`, `2:93 config-bad-value '"Host"'`, "2:116 config-duplicate-key 'value'"],
  );
});

test('the default route of a listener is reached without a match', () => {
  const text = `listeners { listener "a" { address "127.0.0.1:0"; default-route "b" } }\nroutes { ${route('a', 'path "/"', high)}${route('b', 'path "/"')} }`;
  expectProblems(text, []);
});

test('a route that could not be read entirely is not compared', () => {
  expectProblems(`${listener}routes { ${route('a', 'host "!"', high)}${route('b', 'host "*.a" "b"')} }`, [
    `2:63 config-bad-value '"!"'`,
  ]);
});

test('agents: one way to start, one socket each, delays that can grow', () => {
  const text = `${listener}agents {
${agent('a', 'command "/bin/a"; restart-delay-ms 5000; restart-delay-max-ms 100')}
${agent('b').replace('b.sock', 'a.sock')}
}
filters { filter "a" { agent "a" }; filter "b" { agent "b" } }
routes { route "r" { builtin-handler "status"; filters "a" "b" } }`;
  expectProblems(text, [
    "3:108 config-conflict 'command'",
    "3:143 config-conflict '5000'",
    `4:49 config-duplicate-address '"a.sock"'`,
  ]);
});

test('what nothing uses is told, without refusing', () => {
  expectProblems(
    `${listener}upstreams { upstream "u" { target "b:1" } }\nfilters { filter "f" { agent "a" } }\nagents { ${agent('a')}; ${agent('b')} }`,
    [`warning 2:22 config-unused '"u"'`, `warning 3:18 config-unused '"f"'`, `warning 4:127 config-unused '"b"'`],
  );
});

test('a target says its port', () => {
  expectProblems(
    `${listener}upstreams { upstream "u" { target "127.0.0.1:0" } }\nroutes { route "r" { upstream "u" } }`,
    [`2:35 config-bad-value '"127.0.0.1:0"'`],
  );
});

test('a protocol can be switched only where there is another end', () => {
  const upstream = '\nupstreams { upstream "u" { target "b:1" } }';
  expectHints(`${listener}routes { route "a" { builtin-handler "status"; websocket #true } }`, [
    "2:58 config-conflict '#true' -> remove it, or forward to an upstream",
  ]);
  expectHints(`${listener}routes { route "a" { builtin-handler "status"; upgrade "tcp" } }`, [
    "2:48 config-conflict 'upgrade' -> remove it, or forward to an upstream",
  ]);
  expectHints(`${listener}routes { route "a" { upstream "u"; tunnel { idle-timeout-secs 1 } } }${upstream}`, [
    "2:36 config-missing-key 'tunnel' -> add: websocket #true",
  ]);
  for (const fine of ['websocket #true', 'upgrade "tcp"', 'websocket #false; tunnel { idle-timeout-secs 1 }'])
    expectHints(`${listener}routes { route "a" { upstream "u"; ${fine} } }${upstream}`, []);
});

test('HTTP in another version is no protocol to switch to, and WebSocket has a key of its own', () => {
  for (const wrong of ['h2c', 'H2', 'HTTP/2.0', 'tls/1.0', 'websocket', 'WebSocket', 'a b', 'a/b/c', ''])
    expectProblems(
      `${listener}routes { route "a" { upstream "u"; upgrade "${wrong}" } }\nupstreams { upstream "u" { target "b:1" } }`,
      [`2:44 config-bad-value '"${wrong}"'`],
    );
});
