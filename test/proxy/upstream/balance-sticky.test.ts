// Clients that stay: with a cookie that a target can be found by, in every worker that has the secret and in none that has
// not; for as long as it was meant; and what is no cookie of ours changes nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asker } from '../../../proxy/upstream/balance.ts';
import { type Asking, askerOf, balancerOf, equalTargets, type TestTarget, targetsOf } from './candidates.ts';

const keys = 'sticky { secret-file "secret"; ttl-secs 100 }';

interface Clock {
  ms: number;
}

function stickyOf(list: readonly TestTarget[], clock: Clock = { ms: 0 }, more = keys, secret = 'a secret') {
  return balancerOf('sticky', list, { keys: more, secret, wallMs: () => clock.ms });
}

const cookieIn = ({ stickyLine }: Asker): string => /^Set-Cookie: ([^;]+)/.exec(stickyLine)?.[1] ?? '';
const withCookie = (cookie: string, more: Asking = {}) => askerOf({ ...more, lines: [`Cookie: x=1; ${cookie}; y=2`] });

test('a client without a cookie is given one, and with it stays, in another worker too', () => {
  const list = equalTargets(5);
  const first = askerOf();
  const target = stickyOf(list).pick(first);
  assert.match(
    first.stickyLine,
    /^Set-Cookie: sentinel-sticky=[\w-]{22}; Path=\/; Max-Age=200; HttpOnly; SameSite=Lax\r\n$/,
  );
  const other = stickyOf(list); // as another process would have it, from the same file
  other.pick(askerOf()); // its turns stand elsewhere
  for (let count = 0; count < 10; count += 1) {
    const asker = withCookie(cookieIn(first));
    assert.equal(other.pick(asker), target);
    assert.equal(asker.stickyLine, '', 'no cookie again');
  }
});

test('forged, foreign and stale cookies are as none: by turns, with a new one', () => {
  const list = equalTargets(2);
  const clock = { ms: 0 };
  const stranger = askerOf();
  stickyOf(list, clock, keys, 'another secret').pick(stranger);
  const own = askerOf();
  const balancer = stickyOf(list, clock);
  balancer.pick(own);
  for (const cookie of [
    'sentinel-sticky=AAAAAAAAAAAAAAAAAAAAAA',
    'sentinel-sticky=',
    'sentinel-sticky',
    cookieIn(stranger),
  ]) {
    const picked = [0, 1].map(() => {
      const asker = withCookie(cookie);
      const target = balancer.pick(asker);
      assert.notEqual(asker.stickyLine, '', cookie);
      return target;
    });
    assert.equal(new Set(picked).size, 2, `${cookie} leads to one target`);
  }
  clock.ms = 250_000;
  const late = withCookie(cookieIn(own));
  balancer.pick(late);
  assert.notEqual(late.stickyLine, '', 'older than twice the time');
});

test('in the next period a cookie is good, and renewed; who comes again and again stays for ever', () => {
  const list = equalTargets(5);
  const clock = { ms: 99_000 };
  const balancer = stickyOf(list, clock);
  const first = askerOf();
  const target = balancer.pick(first);
  let cookie = cookieIn(first);
  for (let turn = 0; turn < 10; turn += 1) {
    clock.ms += 90_000;
    const asker = withCookie(cookie);
    assert.equal(balancer.pick(asker), target);
    cookie = cookieIn(asker) || cookie;
  }
});

test('who is out gives up its clients; a weight of 0 keeps them', () => {
  const list = equalTargets(3);
  const balancer = stickyOf(list);
  const first = askerOf();
  const target = balancer.pick(first);
  assert(target !== undefined);
  target.isAvailable = false;
  const moved = withCookie(cookieIn(first));
  assert.notEqual(balancer.pick(moved), target);
  assert.notEqual(moved.stickyLine, '');
  target.isAvailable = true;
  const drained = targetsOf(...list.map((one) => (one === target ? 0 : 1)));
  const after = stickyOf(drained);
  assert.equal(after.pick(withCookie(cookieIn(first)))?.name, target.name);
  for (let count = 0; count < 20; count += 1) assert.notEqual(after.pick(askerOf())?.name, target.name);
  assert.notEqual(balancer.pick(withCookie(cookieIn(first), { tried: [target] })), undefined);
});

test('one target leaves the configuration: its clients move, all others stay', () => {
  const list = equalTargets(10);
  const balancer = stickyOf(list);
  const cookies = list.map(() => {
    const asker = askerOf();
    return { target: balancer.pick(asker), cookie: cookieIn(asker) };
  });
  const fewer = stickyOf(list.slice(1));
  const stayed = cookies.filter(({ target, cookie }) => fewer.pick(withCookie(cookie)) === target);
  assert.equal(stayed.length, 9);
});

test('the attributes', () => {
  const lineOf = (more: string, scheme = 'http') => {
    const asker = askerOf({ scheme });
    stickyOf(equalTargets(1), { ms: 0 }, `sticky { secret-file "secret"; ${more} }`).pick(asker);
    return asker.stickyLine.replace(/=[\w-]{22}/, '=V').trimEnd();
  };
  assert.equal(lineOf('ttl-secs 0'), 'Set-Cookie: sentinel-sticky=V; Path=/; HttpOnly; SameSite=Lax');
  assert.equal(
    lineOf('ttl-secs 0; cookie-name "S"; path "/app"; same-site "strict"; secure "always"'),
    'Set-Cookie: S=V; Path=/app; HttpOnly; SameSite=Strict; Secure',
  );
  assert.match(lineOf('same-site "none"; secure "always"'), /SameSite=None; Secure$/);
  assert.match(lineOf('', 'https'), /; Secure$/);
  assert.doesNotMatch(lineOf('secure "never"', 'https'), /Secure/);
});

test('the fallback picks for newcomers', () => {
  const list = equalTargets(2);
  const balancer = stickyOf(list, { ms: 0 }, 'sticky { secret-file "secret"; fallback "least_connections" }');
  list[0]!.active = 5;
  for (let count = 0; count < 5; count += 1) assert.equal(balancer.pick(askerOf()), list[1]);
});
