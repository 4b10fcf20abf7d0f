// `fmt --upgrade`: a configuration of an older version of the language becomes one of the newest, all of its files or
// none, laid out as `fmt` does. The shaping decision: nobody but an operator calls it, and what has been changed is said
// file by file. It refuses to begin before every text is known and whole.

import { format } from '#config/format';
import { plural } from '#config/report';
import { schemaVersion } from '#config/schema';
import { makeSource, type Source } from '#config/source';
import { steps, upgrade } from '#config/upgrade';
import { type Context, type ExitCode, exitCodes } from './command.ts';
import { type Result, readSource, replaceFile, sayProblems, sayResults } from './fmt-files.ts';

export async function upgradeFiles(
  context: Context,
  files: readonly string[],
  check: boolean,
  known = steps,
  newest = Number(schemaVersion),
): Promise<ExitCode> {
  const sources: Source[] = [];
  for (const file of files) {
    const source = await readSource(context, file);
    if (source !== undefined) sources.push(source);
  }
  if (sources.length < files.length) return exitCodes.refused;
  const upgraded = upgrade(sources, known, newest);
  if (!upgraded.ok) {
    sayProblems(context, upgraded.problems);
    return exitCodes.refused;
  }
  if (upgraded.from === newest) {
    sayNewest(context, files, newest);
    return exitCodes.done;
  }
  const texts = layOut(context, sources, upgraded.texts);
  if (texts === undefined) return exitCodes.refused;
  const results = await writeAll(sources, texts, check);
  sayResults(context, results, check ? 'would change' : `version ${upgraded.from} -> ${newest}`);
  return check ? exitCodes.refused : exitCodes.done;
}

function sayNewest(context: Context, files: readonly string[], newest: number): void {
  if (context.json)
    return sayResults(
      context,
      files.map((file) => ({ file, outcome: 'unchanged' as const })),
      '',
    );
  context.stdout.write(
    `${plural(files.length, 'file')} of version ${newest} of the language, the newest: nothing to upgrade\n`,
  );
}

function layOut(context: Context, sources: readonly Source[], texts: readonly string[]): string[] | undefined {
  const formatted = sources.map(({ file, path }, index) => format(makeSource(file, texts[index] ?? '', path)));
  const problems = formatted.flatMap((one) => (one.ok ? [] : one.problems));
  if (problems.length > 0) sayProblems(context, problems);
  const whole = formatted.flatMap((one) => (one.ok ? [one.text] : []));
  return whole.length === sources.length ? whole : undefined;
}

async function writeAll(sources: readonly Source[], texts: readonly string[], check: boolean): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, { file, path, text }] of sources.entries()) {
    const upgraded = texts[index] ?? text;
    if (upgraded !== text && !check) await replaceFile(path, upgraded);
    results.push({ file, outcome: upgraded === text ? 'unchanged' : 'changed' });
  }
  return results;
}
