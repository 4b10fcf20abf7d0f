// What tests of the firewall agent share: what it is told by a piece of configuration, and a set of a few rules.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadText } from '#config/load';
import { beginTransaction, loadRules, type RuleSet, type Transaction } from '../../../agents/waf/engine.ts';
import { setupTexts } from '../../../agents/waf/setup-text.ts';
import { readTold, type Told } from '../../../agents/waf/told.ts';

/** By a block `waf { … }`, with more for its one route. */
export function toldBy(block: string, route = ''): Told {
  const frame = `listeners { listener "h" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status"; ${route} } }\n`;
  const loaded = loadText('t.kdl', frame + block);
  assert(loaded.ok, loaded.problems.map(({ what }) => what).join('\n'));
  const told = readTold(loaded.running.agents.find(({ use }) => use === 'waf')?.config);
  assert('routes' in told, String(told));
  return told;
}

const usual = setupTexts(toldBy('waf { }'));

/** Rules between the texts that the block stands for. */
export function ruleSetOf(rules: string, told?: Told): RuleSet {
  const { before, after } = told === undefined ? usual : setupTexts(told);
  const loaded = loadRules([before, { file: 'r.conf', text: rules }, after], {
    read: () => undefined,
    include: () => [],
  });
  assert('ruleSet' in loaded, 'problems' in loaded ? loaded.problems.map(({ what }) => what).join('\n') : '');
  return loaded.ruleSet;
}

/** A GET for the target, judged by the rules about requests. */
export function judged(ruleSet: RuleSet, target: string): Transaction {
  const transaction = beginTransaction(ruleSet, {
    connection: { clientAddress: '192.0.2.1', clientPort: 1, serverAddress: '', serverPort: 0 },
    uniqueId: 'u1',
    startedAtMs: 0,
  });
  transaction.requestHead({ method: 'GET', target, protocol: 'HTTP/1.1', headers: [] }, 0);
  transaction.requestBody(0);
  return transaction;
}

export async function folderWith(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), 'waf-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
