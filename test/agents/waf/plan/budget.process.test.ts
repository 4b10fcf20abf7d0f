// The work budget with all of CRS: what people send stays within it, a megabyte at a time and at the highest level; what is
// made to cost much ends at it. Counted, not timed. The fast evaluator never counts more than the plain one, which is
// compared where no rule stops the request, since the plain one stops at once and the fast one has judged ahead.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { beginTransaction, loadRules, type RuleSet, readRules } from '../../../../agents/waf/engine.ts';
import { wafRunLimits } from '../../../../config/limits-waf-run.ts';
import { engineSettings } from '../../../../crs-tests/rules.ts';
import { corpusRequests, corpusRuleFiles, corpusRuleSet } from '../../../bench/modsecurity/corpus.ts';
import { crsFolder, withoutCrs } from '../../../support/crs.ts';

const megabyte = 1024 * 1024;

interface Body {
  readonly type: string;
  readonly text: string;
}

const repeated = (piece: string, bytes: number): string =>
  piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);
const form = (value: string): Body => ({
  type: 'application/x-www-form-urlencoded',
  text: `a=${encodeURIComponent(value)}`.slice(0, megabyte),
});
const json = (value: unknown): Body => ({ type: 'application/json', text: JSON.stringify(value) });

const prose = `It's "quoted" text -- with select from where; <b>html</b> & more (and/or) 100% = good: see https://example.com/?a=b#c `;
const code = `function main() { const x = require("fs"); if (x !== null && y >= 3) { return exec(\`ls -la | grep \${x}\`); } /* SELECT * FROM users WHERE id = 1 OR 1=1 */ }\n<script>alert(document.cookie)</script> `;
const soup = `' or 1=1-- <script>alert(../../;cat /etc/passwd \${jndi: javascript:&#x3c; onerror={{$( \`exec(system(/**/base64_decode(http:// ping -c || && sleep(java.lang. eval(= + `;

async function levelFour(budget: number, engine = 'On'): Promise<RuleSet> {
  const { before, after } = corpusRuleFiles(crsFolder ?? '');
  const { sources, files } = await readRules([...before, ...after]);
  const text = `${engineSettings.replace(/(?<=SecRequestBodyNoFilesLimit )\d+/, '13107200')}
SecRuleEngine ${engine}
SecWorkBudget ${budget}
SecAction "id:900000,phase:1,pass,t:none,nolog,setvar:tx.blocking_paranoia_level=4,setvar:tx.detection_paranoia_level=4"\n`;
  const loaded = loadRules([{ file: 'settings.conf', text }, ...sources], files);
  assert('ruleSet' in loaded);
  return loaded.ruleSet;
}

function judge(ruleSet: RuleSet, { type, text }: Body) {
  const transaction = beginTransaction(ruleSet, {
    connection: { clientAddress: '192.0.2.1', clientPort: 50_000, serverAddress: '192.0.2.2', serverPort: 443 },
    uniqueId: 'unique-1',
    startedAtMs: 0,
  });
  const headers = [
    ['Host', 'www.example.com'],
    ['User-Agent', 'Mozilla/5.0'],
    ['Accept', '*/*'],
    ['Content-Type', type],
    ['Content-Length', String(text.length)],
  ] as const;
  transaction.requestHead({ method: 'POST', target: '/', protocol: 'HTTP/1.1', headers }, 0);
  transaction.addRequestBody(text);
  transaction.requestBody(0);
  return transaction;
}

suite('the work budget', { skip: withoutCrs }, () => {
  test('a megabyte of text, code or many fields is within it at level 4', async () => {
    const ruleSet = await levelFour(wafRunLimits.workUnits, 'DetectionOnly');
    const fields = Array.from({ length: 900 }, (_, at) => [`name${at}`, repeated(`${at}${prose}`, 1000)]);
    for (const body of [
      form(repeated(prose, 0.6 * megabyte)),
      form(repeated(code, 0.6 * megabyte)),
      json({ a: repeated(code, 0.9 * megabyte) }),
      json(Object.fromEntries(fields)),
    ]) {
      const { verdict, state } = judge(ruleSet, body);
      assert.equal(verdict.isUnfinished, false, `${state.work.spent} for ${body.text.slice(0, 80)}`);
      assert(state.work.spent > 10 * body.text.length);
    }
  });

  test('what is made of attacks ends at it, and is spent a value at the most past it', async () => {
    const budget = 64 * megabyte;
    const ruleSet = await levelFour(budget);
    const pieces = Array.from({ length: 990 }, (_, at) => `a${at}=${encodeURIComponent(repeated(soup, 500))}`);
    for (const body of [
      form(repeated(soup, 0.6 * megabyte)),
      json({ a: repeated(soup, 0.9 * megabyte) }),
      { type: 'application/x-www-form-urlencoded', text: pieces.join('&').slice(0, megabyte) },
    ]) {
      const { verdict, state } = judge(ruleSet, body);
      assert.deepEqual([verdict.kind, verdict.status, verdict.isUnfinished], ['deny', 403, true]);
      assert(state.work.spent <= budget + megabyte + wafRunLimits.workPerTurn, String(state.work.spent));
    }
  });

  test('the fast evaluator counts no more than the plain one', async () => {
    const ruleSet = await corpusRuleSet(crsFolder ?? '');
    const unitsOf = (asked: ReturnType<typeof corpusRequests>[number]['asked'], isPlain: boolean): number => {
      const transaction = beginTransaction(ruleSet, {
        connection: { clientAddress: '192.0.2.1', clientPort: 50_000, serverAddress: '', serverPort: 0 },
        uniqueId: 'unique-1',
        startedAtMs: 0,
        isPlain,
      });
      transaction.requestHead(asked, 0);
      if (asked.body !== undefined) transaction.addRequestBody(asked.body);
      transaction.requestBody(0);
      return transaction.state.work.spent;
    };
    for (const [index, { asked }] of corpusRequests(crsFolder ?? '').entries()) {
      if (index % 3 === 0) assert(unitsOf(asked, false) <= unitsOf(asked, true), asked.name);
    }
  });
});
