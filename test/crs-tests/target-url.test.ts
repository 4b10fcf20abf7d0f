// A firewall that is known by its address and its log: whose lines are whose, and what is said when they cannot be told.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCases } from '../../crs-tests/cases.ts';
import { Stop } from '../../crs-tests/stop.ts';
import { addressOf, UrlTarget } from '../../crs-tests/target-url.ts';
import { folderWith } from '../support/terminal.ts';
import { foreignFirewall } from './foreign-firewall.ts';

const options = {
  markerHeader: 'X-CRS-Test',
  markerRetries: 2,
  markerLinesMax: 500,
  rateLimitMs: 0,
  waitTimeoutMs: 0,
  connectTimeoutMs: 5000,
  readTimeoutMs: 5000,
  verifiesTls: true,
};
const { cases } = readCases(
  '7.yaml',
  `tests:
  - stages: [{input: {headers: {Host: h}, uri: "/?a=evil"}, output: {log: {expect_ids: [7]}}}]
  - stages: [{input: {headers: {Host: h}, uri: "/?a=good", virtual_host_mode: true}, output: {log: {no_expect_ids: [7]}}}]
  - stages: [{input: {uri: "/", override_empty_host_header: true}, output: {log: {no_expect_ids: [7]}}}]
`,
);

test('each test has the lines that stand between its markers, and none of theirs', async () => {
  await using folder = await folderWith({ log: '[id "7"] of an earlier day\n' });
  const log = join(folder.path, 'log');
  await using firewall = await foreignFirewall(log);
  await using target = await UrlTarget.open(firewall.url, { ...options, logFile: log });
  const seen = [];
  for (const one of cases) seen.push(await target.run(one, one.stages[0]!));
  assert.deepEqual(
    seen.map(({ outcome }) => [outcome.status, outcome.log.map((line) => line.replace(/ \[unique.*/, ''))]),
    [
      [200, ['[id "7"]']],
      [200, []],
      [200, []],
    ],
  );
  const hosts = firewall.requests.map((request) => /^Host: (.*)\r$/m.exec(request)?.[1]);
  const last = ['localhost', '127.0.0.1', 'localhost'];
  assert.deepEqual(hosts.slice(1), ['localhost', 'h', 'localhost', 'h', 'h', 'h', ...last]); // the first asks whether it is there
});

test('a marker that the log does not show is sent again', async () => {
  await using folder = await folderWith({ log: '' });
  const log = join(folder.path, 'log');
  await using firewall = await foreignFirewall(log, 1);
  await using target = await UrlTarget.open(firewall.url, { ...options, logFile: log });
  const { outcome } = await target.run(cases[0]!, cases[0]!.stages[0]!);
  assert.equal(outcome.log.length, 1);
});

test('the wrong log, no log and no firewall end the run with a sentence', async () => {
  await using folder = await folderWith({ log: '', other: '' });
  const [log, other] = [join(folder.path, 'log'), join(folder.path, 'other')];
  const firewall = await foreignFirewall(log);
  {
    await using _ = firewall;
    await using target = await UrlTarget.open(firewall.url, { ...options, markerRetries: 1, logFile: other });
    await assert.rejects(
      target.run(cases[0]!, cases[0]!.stages[0]!),
      (error: Stop) => error instanceof Stop && /did not show the marker 7-1-.* in 1 requests/.test(error.message),
    );
    await assert.rejects(UrlTarget.open(firewall.url, { ...options, logFile: '/nowhere' }), /\/nowhere cannot be read/);
  }
  await assert.rejects(UrlTarget.open(firewall.url, { ...options, logFile: log }), /does not answer: .*ECONNREFUSED/);
});

test('addresses', () => {
  assert.deepEqual(addressOf(new URL('http://h')), { host: 'h', port: 80, isTls: false });
  assert.deepEqual(addressOf(new URL('https://[::1]')), { host: '::1', port: 443, isTls: true });
});
