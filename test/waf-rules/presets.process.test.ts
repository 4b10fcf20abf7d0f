// What presets of applications leave out: their ordinary requests pass at level 1, with our rules and with CRS, and attacks
// on them are refused as before. Each of the ordinary ones is refused without the preset by one of the two at least:
// otherwise it would prove nothing.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { knownApplications } from '#config/schema-waf';
import { beginTransaction, loadRules, type RuleSet, readRules } from '#waf';
import { rulePaths } from '../../agents/waf/rule-places.ts';
import { setupTexts } from '../../agents/waf/setup-text.ts';
import { toldBy } from '../agents/waf/agent-support.ts';
import { crsFolder as crs, withoutCrs } from '../support/crs.ts';
import { presetTraffic, type Visit } from './preset-traffic.ts';

const root = join(import.meta.dirname, '..', '..', 'waf-rules');
const { before, after } = setupTexts(toldBy('waf { }'));

async function rules(folder: string, application?: string): Promise<RuleSet> {
  const preset = application === undefined ? [] : [join(root, 'presets', `${application}.conf`)];
  const { sources, files, problems } = await readRules([...preset, ...(await rulePaths([folder]))]);
  assert.deepEqual(problems, []);
  const loaded = loadRules([before, ...sources, after], files);
  assert('ruleSet' in loaded, JSON.stringify('problems' in loaded ? loaded.problems : ''));
  return loaded.ruleSet;
}

function headersOf({ headers = {}, method = 'GET', type, body }: Visit): [string, string][] {
  const usual: [string, string][] = [
    ['Host', 'app.example'],
    ['User-Agent', 'Mozilla/5.0'],
    ['Accept', '*/*'],
    ...Object.entries(headers),
  ];
  if (body !== undefined) return [...usual, ['Content-Type', type ?? ''], ['Content-Length', String(body.length)]];
  return method === 'GET' ? usual : [...usual, ['Content-Length', '0']];
}

function isRefused(ruleSet: RuleSet, visit: Visit): boolean {
  const connection = { clientAddress: '192.0.2.1', clientPort: 1, serverAddress: '', serverPort: 0 };
  const transaction = beginTransaction(ruleSet, { connection, uniqueId: 'x', startedAtMs: 0 });
  const target = encodeURI(visit.target).replaceAll('%25', '%');
  transaction.requestHead(
    { method: visit.method ?? 'GET', target, protocol: 'HTTP/1.1', headers: headersOf(visit) },
    0,
  );
  if (visit.body !== undefined && transaction.wantsRequestBody) transaction.addRequestBody(visit.body);
  return transaction.requestBody(0).kind !== 'pass';
}

const told = ({ method = 'GET', target, body = '' }: Visit) => `${method} ${target} ${body.slice(0, 100)}`;
const sets = crs === undefined ? ['sentinel'] : ['sentinel', 'crs'];
const folderOf = (set: string) => (set === 'sentinel' ? join(root, 'sentinel') : (crs ?? ''));
const plain = new Map(await Promise.all(sets.map(async (set) => [set, await rules(folderOf(set))] as const)));

test('there is a file, and traffic, for each application', () => {
  const files = globSync('*.conf', { cwd: join(root, 'presets') }).map((file) => basename(file, '.conf'));
  assert.deepEqual(files.toSorted(), [...knownApplications].toSorted());
  assert.deepEqual(Object.keys(presetTraffic).toSorted(), [...knownApplications].toSorted());
});

for (const application of knownApplications) {
  const { ordinary = [], attacks = [] } = presetTraffic[application] ?? {};
  test(`${application}: what it is ordinarily sent passes, attacks do not`, async () => {
    for (const set of sets) {
      const ruleSet = await rules(folderOf(set), application);
      assert.deepEqual(ordinary.filter((visit) => isRefused(ruleSet, visit)).map(told), [], set);
      assert.deepEqual(attacks.filter((visit) => !isRefused(ruleSet, visit)).map(told), [], set);
    }
  });
  test(`${application}: without the preset its requests are refused`, { skip: withoutCrs }, () => {
    const harmless = ordinary.filter((visit) => ![...plain.values()].some((ruleSet) => isRefused(ruleSet, visit)));
    assert.deepEqual(harmless.map(told), []);
  });
}
