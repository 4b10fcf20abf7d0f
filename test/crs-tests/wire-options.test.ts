// The options of targets over sockets, and what is said about those that are wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseOptions, targetOf, timeouts, urlTargetOptions } from '../../crs-tests/wire-options.ts';

test('targets', () => {
  assert.deepEqual([targetOf('engine'), targetOf('stack')], [{ kind: 'engine' }, { kind: 'stack' }]);
  const target = targetOf('http://127.0.0.1:8080');
  assert(target.kind === 'url' && target.url.port === '8080');
  for (const word of ['', 'nginx', 'ftp://h', 'http://', 'http://h:99999'])
    assert.throws(() => targetOf(word), /is no target/, word);
  for (const word of ['http://h/path', 'http://h/?q', 'http://a:b@h'])
    assert.throws(() => targetOf(word), /more than a host and a port/, word);
});

test('what is not said is as in go-ftw, and what is said holds', () => {
  const usual = urlTargetOptions({ 'log-file': 'l' });
  assert.deepEqual(usual, {
    logFile: 'l',
    markerHeader: 'X-CRS-Test',
    markerRetries: 20,
    markerLinesMax: 500,
    waitTimeoutMs: 10_000,
    rateLimitMs: 0,
    connectTimeoutMs: 3000,
    readTimeoutMs: 10_000,
    verifiesTls: true,
  });
  const own = urlTargetOptions({
    'log-file': 'l',
    'log-marker-header': 'X-Other',
    'max-marker-retries': '3',
    'max-marker-log-lines': '10',
    'wait-for-timeout': '1m1.5s',
    'rate-limit': '20ms',
    'skip-tls-verification': true,
  });
  assert.deepEqual([own.markerHeader, own.markerRetries, own.markerLinesMax], ['X-Other', 3, 10]);
  assert.deepEqual([own.waitTimeoutMs, own.rateLimitMs, own.verifiesTls], [61_500, 20, false]);
  assert.deepEqual(timeouts({ 'connect-timeout': '5s', 'read-timeout': '1m' }), {
    connectTimeoutMs: 5000,
    readTimeoutMs: 60_000,
    verifiesTls: true,
  });
});

test('mistakes', () => {
  const log = { 'log-file': 'l' };
  assert.throws(() => urlTargetOptions({}), /needs --log-file/);
  assert.throws(() => urlTargetOptions({ ...log, 'log-marker-header': 'a b' }), /no name of a header/);
  for (const word of ['0', '-1', 'x', '1001', '1e3'])
    assert.throws(() => urlTargetOptions({ ...log, 'max-marker-retries': word }), /is no number from 1 to 1000/, word);
  for (const word of ['3', 's', '3h', '-3s', '3 s', '601s'])
    assert.throws(() => urlTargetOptions({ ...log, 'read-timeout': word }), /is no duration up to 600s/, word);
});

test('an option without effect on a target is refused', () => {
  assert.throws(
    () => refuseOptions({ 'log-file': 'l' }, ['read-timeout'], 'stack'),
    /--log-file has no effect on the target stack/,
  );
  refuseOptions({ 'read-timeout': '3s' }, ['read-timeout'], 'stack');
});
