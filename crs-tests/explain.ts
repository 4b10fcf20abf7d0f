// Why a test failed, from what the evaluation says it did: the request, what was expected, which rules matched, and of
// every rule that was expected and did not: whether it is there, ran, was skipped or taken out, and on which values it
// ran, as they were found and as they were tested. A report that makes the reader guess is not done.

import type { RuleSet, TraceEvent } from '#waf';

const shownBytesMax = 1200; // of a request, or of one value
const shownValuesMax = 12; // of one rule

export interface FailureFacts {
  readonly request: string; // bytes
  readonly problems: readonly string[];
  readonly log: readonly string[];
  readonly events: readonly TraceEvent[];
  readonly missingIds: readonly number[];
  readonly isReplayed?: boolean; // the events are those of the same request in the engine
}

/** Without rules there is nothing to say of them: the firewall is somebody else's. */
export function explainFailure(ruleSet: RuleSet | undefined, facts: FailureFacts): string {
  const { request, problems, log } = facts;
  return [
    ...problems.map((problem) => `  ${problem}`),
    '  the request:',
    ...indented(cut(request).split('\r\n').map(visible)),
    `  the log has ${log.length} lines${log.length === 0 ? '' : ':'}`,
    ...indented(log.map(cut).map(visible)),
    ...(ruleSet === undefined ? [] : trail(ruleSet, facts)),
  ].join('\n');
}

/** Said to be another run where it is one: what matched in it need not have matched where the test failed. */
function trail(ruleSet: RuleSet, { events, missingIds, isReplayed }: FailureFacts): readonly string[] {
  const lines = [
    `  rules that matched: ${matchedIds(events).join(', ') || 'none'}`,
    ...missingIds.flatMap((id) => whyNot(ruleSet, id, events)),
  ];
  return isReplayed === true ? ['  the same request in the engine alone:', ...lines.map((line) => `  ${line}`)] : lines;
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `    ${line}`);
const cut = (text: string): string => (text.length <= shownBytesMax ? text : `${text.slice(0, shownBytesMax)} …`);

/** Bytes as one line of ASCII. */
export const visible = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);

function matchedIds(events: readonly TraceEvent[]): readonly number[] {
  return [...new Set(events.filter((event) => event.kind === 'outcome' && event.isMatch).map(idOf))];
}

const idOf = (event: TraceEvent): number => (event.kind === 'phase' ? 0 : event.id);

export function whyNot(ruleSet: RuleSet, id: number, events: readonly TraceEvent[]): readonly string[] {
  const rule = ruleSet.phases.flat().find((step) => step.kind === 'rule' && step.id === id);
  if (rule?.kind !== 'rule') return [`  rule ${id} is not in the rule set`];
  const own = events.filter((event) => idOf(event) === id);
  const place = `rule ${id} (${rule.place.file}:${rule.place.line}, phase ${rule.phase})`;
  for (const event of own) {
    if (event.kind === 'removed') return [`  ${place} was taken out by an earlier rule (ctl)`];
    if (event.kind === 'skipped') return [`  ${place} was skipped by rule ${event.by}, to ${event.to}`];
  }
  if (!own.some((event) => event.kind === 'rule')) return [`  ${place} did not run: its phase was not reached`];
  if (own.some((event) => event.kind === 'outcome' && event.isMatch)) return [`  ${place} matched, but is not logged`];
  const tests = own.flatMap((event) => (event.kind === 'test' ? [event] : []));
  if (tests.length === 0) return [`  ${place} ran, but none of its targets had a value`];
  const operators = rule.links.map(
    (link, index) =>
      `    link ${index}: ${link.isNegated ? '!' : ''}@${link.operatorName} ${cut(link.operatorArgument)}`,
  );
  return [`  ${place} ran and did not match:`, ...operators, ...testLines(tests)];
}

type TestEvent = Extract<TraceEvent, { kind: 'test' }>;

function testLines(tests: readonly TestEvent[]): readonly string[] {
  const shown = tests.slice(0, shownValuesMax).map(({ link, name, value, tested, isMatch }) => {
    const became = tested === value ? '' : ` became ${JSON.stringify(visible(cut(tested)))}`;
    return `    link ${link} ${name} ${JSON.stringify(visible(cut(value)))}${became}: ${isMatch ? 'match' : 'no match'}`;
  });
  const more = tests.length - shown.length;
  return more === 0 ? shown : [...shown, `    … and ${more} values more`];
}
