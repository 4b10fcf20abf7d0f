// Splits: shares by weight, clients that ask, clients that stay; and what an exchange is told of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { formatProblems } from '#config/report';
import { Departures } from '../../../proxy/http1/departures.ts';
import { Split } from '../../../proxy/request/split.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import { Upstream } from '../../../proxy/upstream/pick.ts';
import { ReadBuffer } from '../../../proxy/upstream/read-buffer.ts';
import { askerOf, assertShares, clientOf, seededChance } from '../upstream/candidates.ts';

const names = ['blue', 'green', 'grey'] as const;

function splitOf(block: string, chance = seededChance(), route = 'shop'): Split {
  const upstreams = names.map((name) => `upstream "${name}" { target "127.0.0.1:1" }`).join('; ');
  const others = 'route "rest" { priority "low"; split { upstream "blue"; upstream "green"; upstream "grey" } }';
  const loaded = loadText(
    't.kdl',
    `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "${route}" { matches { path "/" }; split { ${block} } }; ${others} }\nupstreams { ${upstreams} }`,
  );
  assert(loaded.ok, formatProblems(loaded.problems));
  const around = { timers: new TimerWheel(() => 0), readBuffer: new ReadBuffer(), departures: new Departures() };
  const made = loaded.config.upstreams.map(
    (one) => [one.name, new Upstream(one, around, { zone: undefined, worker: 1 })] as const,
  );
  const [config] = loaded.config.routes;
  const split = config && Split.of(config, new Map(made), chance);
  assert(split !== undefined);
  return split;
}

const chosen = (split: Split, ...lines: string[]): string => {
  const { upstream, by } = split.choose(askerOf({ lines }));
  return `${upstream?.name} by ${by}`;
};

test('shares by weight, in the long run exactly', () => {
  const split = splitOf('upstream "blue" weight=9; upstream "green" weight=1; upstream "grey" weight=0');
  const got = names.map(() => 0);
  for (let count = 0; count < 10_000; count += 1) {
    const index = names.indexOf(split.choose(askerOf()).upstream?.name as 'blue');
    got[index] = (got[index] ?? 0) + 1;
  }
  assertShares(got, [9, 1, 0], 0.1);
  const edge = (chance: number) => chosen(splitOf('upstream "blue"; upstream "green"', () => chance));
  assert.deepEqual(
    [edge(0), edge(0.499), edge(0.5), edge(0.9999)],
    ['blue', 'blue', 'green', 'green'].map((name) => `${name} by weight`),
  );
});

test('who asks for an upstream gets it, also without weight; the first that holds counts', () => {
  const split = splitOf(
    'upstream "blue"; upstream "green" weight=0 { header "X-Canary" "1" "yes"; cookie "canary" "1" }; upstream "grey" weight=0 { header "X-Grey" }',
  );
  const rows = [
    ['x-canary: 1', 'green by header'],
    ['X-Canary: yes', 'green by header'],
    ['X-Canary: no', 'blue by weight'],
    ['Cookie: a=b; canary=1', 'green by cookie'],
    ['Cookie: canary=0', 'blue by weight'],
    ['X-Grey: whatever', 'grey by header'],
  ] as const;
  for (const [line, wanted] of rows) assert.equal(chosen(split, line), wanted, line);
  assert.equal(chosen(split, 'X-Grey: 1', 'X-Canary: 1'), 'green by header');
});

test('by client address: each client always the same, the shares as written; other routes otherwise', () => {
  const block = 'sticky "client"; upstream "blue" weight=3; upstream "green" weight=1';
  const [one, other, elsewhere] = [splitOf(block), splitOf(block, () => 0.99), splitOf(block, undefined, 'blog')];
  const places = (split: Split) =>
    Array.from({ length: 4000 }, (_, index) => split.choose(askerOf({ ip: clientOf(index) })).upstream?.name);
  const found = places(one);
  assert.deepEqual(places(other), found, 'in every worker, whatever chance says');
  const greens = found.filter((name) => name === 'green').length;
  assertShares([4000 - greens, greens], [3, 1], 0.1);
  assert.notDeepEqual(places(elsewhere), found, 'the canaries of one route are not those of all');
  assert.equal(one.choose(askerOf()).by, 'sticky');
});

test('by cookie: set once, then obeyed; not for what has no weight any more, and not for names that are none', () => {
  const split = splitOf(
    'sticky "cookie"; upstream "blue" weight=1; upstream "green" weight=1; upstream "grey" weight=0',
    () => 0,
  );
  const first = split.choose(askerOf());
  assert.equal(first.line, 'Set-Cookie: sentinel-split-shop=blue; Path=/; HttpOnly; SameSite=Lax\r\n');
  const again = split.choose(askerOf({ lines: ['Cookie: sentinel-split-shop=green'] }));
  assert.deepEqual([again.upstream?.name, again.by, again.line], ['green', 'sticky', '']);
  for (const value of ['grey', 'nobody', '', '__proto__'])
    assert.equal(chosen(split, `Cookie: sentinel-split-shop=${value}`), 'blue by weight', value);
});

test('asking comes before staying, and sets no cookie', () => {
  const split = splitOf('sticky "cookie"; upstream "blue"; upstream "green" { header "X-Canary" "1" }');
  const choice = split.choose(askerOf({ lines: ['Cookie: sentinel-split-shop=blue', 'X-Canary: 1'] }));
  assert.deepEqual([choice.upstream?.name, choice.by, choice.line], ['green', 'header', '']);
});
