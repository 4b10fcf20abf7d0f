// How a run is told: for people (normal, quiet), for programs (json, with go-ftw's keys), for continuous integration
// (github, junit) and for a page (markdown). Each is one pure function of the summary; nothing here writes anything.

import { idsOf, isGoodRun, passedCount, type Result, type Summary } from './result.ts';

export const outputNames = ['normal', 'quiet', 'json', 'github', 'junit', 'markdown'] as const;
export type OutputName = (typeof outputNames)[number];

export const reports: Readonly<Record<OutputName, (summary: Summary, onlyFailures: boolean) => string>> = {
  normal,
  quiet: (summary) => `${sentence(summary)}\n`,
  json,
  github,
  junit,
  markdown,
};

/** `3781 of 3784 passed, 3 failed in 61.2 s`. */
export function sentence(summary: Summary): string {
  const count = (words: string, ids: readonly string[]): string => (ids.length === 0 ? '' : `, ${ids.length} ${words}`);
  return [
    `${passedCount(summary)} of ${summary.results.length} passed`,
    count('failed', idsOf(summary, 'failed')),
    count('failed as the ledger says', idsOf(summary, 'known-failure')),
    count('passed although the ledger says they fail', idsOf(summary, 'surprise-pass')),
    count('forced to fail', summary.forcedFail),
    count('ignored', summary.ignored),
    count('skipped', summary.skipped),
    ` in ${(summary.totalMs / 1000).toFixed(1)} s`,
  ].join('');
}

const words = {
  passed: 'passed',
  failed: 'FAILED',
  'known-failure': 'failed, as the ledger says',
  'surprise-pass': 'PASSED, but the ledger says it fails: take it out',
} as const;

function normal(summary: Summary, onlyFailures: boolean): string {
  const lines = summary.results
    .filter(({ standing }) => !onlyFailures || standing !== 'passed')
    .flatMap((result) => [
      `${result.id}  ${words[result.standing]}${result.reason === undefined ? '' : ` (${result.reason})`}`,
      ...(result.standing === 'failed' ? [failureText(result)] : []),
    ]);
  return `${[...lines, sentence(summary)].join('\n')}\n`;
}

const failureText = ({ description, explanation, problems }: Result): string =>
  [
    ...(description === '' ? [] : [`  ${description.trim().replaceAll('\n', '\n  ')}`]),
    explanation ?? problems.map((problem) => `  ${problem}`).join('\n'),
  ].join('\n');

function json(summary: Summary): string {
  const triggered = Object.fromEntries(summary.results.map(({ id, loggedIds }) => [id, loggedIds]));
  return `${JSON.stringify({
    run: summary.results.length,
    success: passedCount(summary),
    failed: idsOf(summary, 'failed'),
    skipped: summary.skipped,
    ignored: [...idsOf(summary, 'known-failure'), ...summary.ignored],
    'forced-pass': summary.forcedPass,
    'forced-fail': summary.forcedFail,
    'surprise-pass': idsOf(summary, 'surprise-pass'),
    runtime: Object.fromEntries(summary.results.map(({ id, durationMs }) => [id, Math.round(durationMs * 1e6)])), // ns, as Go counts
    'total-time': Math.round(summary.totalMs * 1e6),
    'triggered-rules': triggered,
  })}\n`;
}

/** Annotations that GitHub shows at the test's file. */
function github(summary: Summary): string {
  const encoded = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const bad = summary.results.filter(({ standing }) => standing === 'failed' || standing === 'surprise-pass');
  const lines = bad.map(
    (result) =>
      `::error file=${result.file},title=${result.id}::${encoded(result.problems.join('\n') || words[result.standing])}`,
  );
  const last = `::${isGoodRun(summary) ? 'notice' : 'error'}::${sentence(summary)}`;
  return `${[...lines, last].join('\n')}\n`;
}

function junit(summary: Summary): string {
  const failures = summary.results.filter(
    ({ standing }) => standing === 'failed' || standing === 'surprise-pass',
  ).length;
  const cases = summary.results.map((result) => {
    const open = `  <testcase classname="${xml(result.file)}" name="${result.id}" time="${(result.durationMs / 1000).toFixed(4)}"`;
    if (result.standing === 'passed') return `${open}/>`;
    if (result.standing === 'known-failure')
      return `${open}><skipped message="${xml(result.reason ?? '')}"/></testcase>`;
    const message = result.problems.join('; ') || words[result.standing];
    return `${open}><failure message="${xml(message)}">${xml(failureText(result))}</failure></testcase>`;
  });
  const open = `<testsuite name="crs" tests="${summary.results.length}" failures="${failures}" time="${(summary.totalMs / 1000).toFixed(3)}">`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', open, ...cases, '</testsuite>', ''].join('\n');
}

const xml = (text: string): string =>
  text
    .replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter)
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '?'); // XML 1.0 has no way to write them

/** A table by group of rules, and the failures below it. */
function markdown(summary: Summary): string {
  const groups = new Map<string, { run: number; passed: number }>();
  for (const { id, standing } of summary.results) {
    const group = groups.get(id.slice(0, 3)) ?? { run: 0, passed: 0 };
    groups.set(id.slice(0, 3), { run: group.run + 1, passed: group.passed + (standing === 'passed' ? 1 : 0) });
  }
  const rows = [...groups]
    .sort()
    .map(([name, { run, passed }]) => `| ${name} | ${run} | ${passed} | ${run - passed} |`);
  const failed = summary.results.filter(({ standing }) => standing !== 'passed');
  return [
    `**${sentence(summary)}**`,
    '',
    '| Rules | Tests | Passed | Other |',
    '|---|---:|---:|---:|',
    ...rows,
    ...(failed.length === 0 ? [] : ['', '| Test | Outcome | Why |', '|---|---|---|']),
    ...failed.map(
      (result) => `| ${result.id} | ${words[result.standing]} | ${cell(result.reason ?? result.problems.join('; '))} |`,
    ),
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
