// The fast evaluator against the plain one on every request of CRS's regression tests, on generated traffic, and on pieces of attacks put
// together by chance in every place of a request: the same matches, scores, captures and variables. The seed is printed.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RuleSet } from '../../../../agents/waf/engine.ts';
import { type CorpusRequest, corpusRequests, corpusRuleSet } from '../../../bench/modsecurity/corpus.ts';
import { mixes, requestKinds, requestsOf } from '../../../bench/waf-requests.ts';
import { crsFolder, withoutCrs } from '../../../support/crs.ts';
import { assertSame } from './both.ts';

const blockingAtLevelOne = (text: string): string =>
  text.replace('ctl:ruleEngine=DetectionOnly,', '').replace('blocking_paranoia_level=4', 'blocking_paranoia_level=1');

suite('fast and plain', { skip: withoutCrs }, () => {
  for (const [name, rewrite] of [
    ['everything is judged', (text: string) => text],
    ['at level 1, blocking', blockingAtLevelOne],
  ] as const) {
    test(`every request of the corpus, ${name}`, async () => {
      const ruleSet = await corpusRuleSet(crsFolder ?? '', rewrite);
      let matches = 0;
      for (const { asked } of corpusRequests(crsFolder ?? '')) matches += assertSame(ruleSet, asked);
      assert(matches > 50_000, String(matches));
    });
  }

  test('generated traffic, and attacks of chance', async () => {
    const ruleSet = await corpusRuleSet(crsFolder ?? '');
    for (const kind of requestKinds) {
      for (const mix of mixes) {
        if (kind.name === 'soup-1m') continue;
        for (const request of requestsOf(kind, mix).slice(0, kind.name.endsWith('20k') ? 2 : 20))
          assertSame(ruleSet, request);
      }
    }
    fuzz(ruleSet, corpusRequests(crsFolder ?? ''));
  });
});

const rounds = Number(process.env['WAF_FUZZ_ROUNDS'] ?? 600);

/** Pieces of the corpus's own attacks, cut and glued, with any bytes between. */
function fuzz(ruleSet: RuleSet, corpus: readonly CorpusRequest[]): void {
  const seed = Number(process.env['WAF_FUZZ_SEED'] ?? Date.now() % 1_000_000);
  const chance = chanceOf(seed);
  const pieces = corpus.flatMap(({ asked }) => [
    asked.target,
    asked.body ?? '',
    ...asked.headers.map(([, value]) => value),
  ]);
  const piece = (): string => {
    const text = pieces[chance(pieces.length)] ?? '';
    const from = chance(text.length + 1);
    return chance(8) === 0
      ? Array.from({ length: chance(12) }, () => String.fromCharCode(chance(256))).join('')
      : text.slice(from, from + 1 + chance(60));
  };
  const glued = (): string => Array.from({ length: 1 + chance(4) }, piece).join('');
  const line = (): string => glued().replaceAll(/[\r\n]/g, ' ');
  for (let round = 0; round < rounds; round += 1) {
    const body = Array.from(
      { length: 1 + chance(4) },
      (_, at) => `a${at}${chance(3) === 0 ? glued() : ''}=${glued()}`,
    ).join('&');
    const type = ['application/x-www-form-urlencoded', 'application/json', 'text/xml', 'text/plain'][chance(4)] ?? '';
    const request = {
      method: ['GET', 'POST', 'PUT'][chance(3)] ?? 'GET',
      target: `/${chance(2) === 0 ? line() : ''}?x=${encodeURIComponent(Buffer.from(glued(), 'latin1').toString('latin1'))}&y=${line()}`,
      protocol: 'HTTP/1.1',
      headers: [
        ['Host', 'localhost'],
        ['User-Agent', line()],
        ['Cookie', `c=${line()}; ${line()}`],
        ['Content-Type', type],
        [line().replaceAll(/[^\w-]/g, '') || 'X', line()],
        ['Content-Length', String(body.length)],
      ] as const,
      body,
      response: { status: 200, headers: [['Content-Type', 'text/html']] as const, body: glued() },
    };
    try {
      assertSame(ruleSet, request);
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}`, { cause: error });
    }
  }
}

function chanceOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % below;
  };
}
