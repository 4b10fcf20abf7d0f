// Queries of the control socket, taken apart strictly.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseLogs, parseQuery, parseSince } from '../../../stack/api/asked.ts';

const now = Date.parse('2026-01-31T14:02:11Z');

test('lines: every parameter, and what stands without', () => {
  assert.deepEqual(parseLogs('', now), {
    ok: true,
    value: { follow: false, names: [], lines: undefined, sinceAt: undefined, level: undefined },
  });
  assert.deepEqual(parseLogs('follow=1&name=waf&name=proxy&lines=20&since=10m&level=warn', now), {
    ok: true,
    value: { follow: true, names: ['waf', 'proxy'], lines: 20, sinceAt: now - 600_000, level: 'warn' },
  });
});

const wrong = [
  ['folow=1', "there is no parameter 'folow'", "did you mean 'follow'?"],
  ['follow=yes', "'follow' is 0 or 1, not 'yes'"],
  ['lines=-1', "'lines' is a whole number, not '-1'"],
  ['lines=999999', "'lines' is a whole number, not '999999'"],
  ['level=loud', "'level' is one of debug, info, warn, error, not 'loud'"],
  ['since=soon', "'since' is a time ago (10m, 2h) or of the day (14:02, 2026-01-31T14:02:00Z), not 'soon'"],
  ['lines=1&lines=2', "parameter 'lines' is given twice"],
  [Array.from({ length: 65 }, () => 'name=a').join('&'), "parameter 'name' is given too often"],
] as const;

for (const [query, what, hint] of wrong) {
  test(`refused: ${query.slice(0, 30)}`, () => {
    const parsed = parseLogs(query, now);
    assert(!parsed.ok);
    assert.deepEqual([parsed.complaint.code, parsed.complaint.what], ['control-bad-request', what]);
    if (hint !== undefined) assert.equal(parsed.complaint.hint, hint);
  });
}

test('a path that takes no parameters says so', () => {
  const parsed = parseQuery('x=1', []);
  assert.equal(parsed.ok ? '' : parsed.complaint.hint, 'it takes none');
});

test('since: a time ago, of the day, a date', () => {
  assert.equal(parseSince('30', now), now - 30_000);
  assert.equal(parseSince('2026-01-31T14:00:00Z', now), now - 131_000);
  assert.equal(new Date(parseSince('09:05', now) ?? 0).toTimeString().slice(0, 8), '09:05:00');
  assert.equal(parseSince('2026-99-99', now), undefined);
});

test('whatever is written, it is parsed or refused', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseLogs(text, now).ok === 'boolean'));
});
