// Every request of CRS's regression tests through our engine and through libmodsecurity3, and what differs, with its
// reason: `node test/bench/modsecurity/compare.ts` prints the table that docs/crs-tests.md shows. Takes half a minute.

import { engineSettings, testSettings } from '../../../crs-tests/rules.ts';
import { crsFolder, withoutCrs } from '../../support/crs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { type CorpusRequest, corpusRequests, corpusRuleFiles, corpusRuleSet, ourIds } from './corpus.ts';
import {
  type Comparison,
  type Difference,
  differencesOf,
  explain,
  keyOf,
  type Rewritten,
  reasons,
  tableOf,
} from './differential.ts';
import { type Library, openLibrary } from './library.ts';

export async function compareCorpus(library: Library, crs: string): Promise<Comparison> {
  const requests = corpusRequests(crs);
  const asked = theirIds(library, crs, requests); // a process of its own, which runs beside ours
  const ruleSet = await corpusRuleSet(crs);
  const ours = new Map(requests.map((one) => [one.asked.name, ourIds(ruleSet, one)]));
  const theirs = await asked;
  const none: ReadonlySet<number> = new Set();
  const differ = ({ asked: request }: CorpusRequest, ids: ReadonlySet<number>): readonly Difference[] =>
    differencesOf(request, ids, theirs.get(request.name) ?? none);
  const differences = requests.flatMap((one) => differ(one, ours.get(one.asked.name) ?? none));
  const rewritten: Rewritten[] = [];
  for (const reason of reasons) {
    if (reason.rewrite === undefined) continue;
    const names = new Set(differences.filter((one) => reason.concerns(one)).map(({ request }) => request.name));
    const rewrittenSet = await corpusRuleSet(crs, reason.rewrite);
    const left = requests
      .filter(({ asked: request }) => names.has(request.name))
      .flatMap((one) => differ(one, ourIds(rewrittenSet, one)));
    rewritten.push({ reason, left: new Set(left.map(keyOf)) });
  }
  return explain(requests.length, differences, rewritten);
}

async function theirIds(
  library: Library,
  crs: string,
  requests: readonly CorpusRequest[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  using folder = tempFolder({ 'test-settings.conf': testSettings });
  const { before, after } = corpusRuleFiles(crs);
  const { judged } = await library.ask({
    settings: [engineSettings],
    rules: [...before, folder.of('test-settings.conf'), ...after],
    requests: requests.map(({ asked }) => asked),
  });
  return new Map(judged.map(({ name, ids }) => [name, new Set(ids)]));
}

async function main(): Promise<number> {
  const library = await openLibrary();
  if ('missing' in library || crsFolder === undefined) {
    process.stderr.write(`nothing to compare: ${'missing' in library ? library.missing : withoutCrs}\n`);
    return 1;
  }
  await using opened = library;
  const comparison = await compareCorpus(opened, crsFolder);
  process.stdout.write(tableOf(comparison));
  for (const one of comparison.unexplained) process.stdout.write(`${keyOf(one)}\n`);
  return comparison.unexplained.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
