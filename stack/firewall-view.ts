// What the firewall says about recorded requests, for the eye: why one was refused, what would let it pass and what else
// that would let pass, which verdicts differ, which rules refuse most. What a client sent cannot steer the terminal:
// control characters are replaced. It refuses to ask anything.

import type { Output } from './command.ts';
import type { ComparisonShape, ExplainedShape, ProposalShape, TopShape, TunedShape } from './firewall-shapes.ts';
import { paint, type Shade } from './paint.ts';
import { tableLines } from './table.ts';
import { counted, timeWords } from './words.ts';

type Color = Pick<Output, 'color'>;

export function explainedText(told: ExplainedShape, now: number, output: Color): string {
  const { request, culprits, exclusion } = told;
  const parts = [headText(told, now, output), '', ...notes(told)];
  if (culprits.length > 0) parts.push(...culpritLines(told, output), '');
  if (exclusion !== undefined) {
    parts.push(...proposalLines(exclusion, output), `  sentinel-stack waf exclude ${request.id} --apply`);
  }
  return `${parts.join('\n')}\n`.replace(/\n{3,}/g, '\n\n');
}

const shades: Readonly<Record<string, Shade>> = { blocked: 'red', detected: 'yellow', passed: 'green' };

/** `GET /editor/save   from 203.0.113.9   2 minutes ago   blocked 403   score 10 of 5` */
function headText({ request, score, threshold }: ExplainedShape, now: number, output: Color): string {
  const { method, target, client, at, verdict, status } = request;
  const shown = request.score ?? score;
  const words = [
    `${clean(method)} ${clean(decoded(target))}`,
    `from ${client}`,
    `${timeWords(Math.max(0, now - at))} ago`,
    paint(output, shades[verdict] ?? 'dim', `${verdict} ${status}`),
    shown === undefined ? '' : `score ${shown}${threshold === undefined ? '' : ` of ${threshold}`}`,
  ];
  return words.filter((word) => word !== '').join('   ');
}

function notes({ request, now, isReply, isBodyCut, masked, culprits }: ExplainedShape): string[] {
  const isHidden = culprits.some(({ matched }) => matched === undefined);
  const told = [
    ...(isReply
      ? [`The reply was refused, not the request: ${clean(request.reason ?? '')} Replies are not recorded.`]
      : []),
    ...(!isReply && culprits.length === 0
      ? [`No rule of today finds anything in it. Then: ${clean(request.reason ?? 'a match')}`]
      : []),
    ...(now === request.verdict || isReply || isHidden
      ? []
      : [`With the rules as they are now it is ${now === 'passed' ? 'let through' : now}.`]),
    ...(isHidden ? ['What was found stands in a value that is masked: it can be excluded, and not judged again.'] : []),
    ...(isBodyCut ? ['Its body was longer than what is recorded, so only the beginning is looked at here.'] : []),
    ...(masked.length === 0 ? [] : [`Not recorded, since it is secret: ${masked.slice(0, 8).map(clean).join(', ')}`]),
  ];
  return told.map((line) => `  ${line}`).concat(told.length === 0 ? [] : ['']);
}

function culpritLines({ culprits }: ExplainedShape, output: Color): string[] {
  const rows = culprits.map(({ target, ruleId, message, points, matched }) => [
    clean(target),
    String(ruleId),
    clean(message),
    points > 0 ? `+${points}` : '',
    { text: matched === undefined ? 'matched: masked' : `matched: ${clipped(clean(matched))}`, shade: 'dim' as const },
  ]);
  return tableLines(rows, output);
}

function proposalLines(exclusion: ProposalShape, output: Color): string[] {
  const { text, passes, hidden, rules } = exclusion;
  const whole = rules.filter(({ targets }) => targets.length === 0).map(({ ruleId }) => ruleId);
  return [
    `  If this was a person: the narrowest exclusion is`,
    `    ${paint(output, 'bold', text)}`,
    ...(whole.length === 0
      ? []
      : [`  It switches ${whole.join(', ')} off on that path: no target of theirs can be left out alone.`]),
    ...(hidden.length === 0 ? [] : [`  Not proven for ${hidden.map(clean).join(', ')}: the value is masked.`]),
    ...(passes ? [] : ['  Even so this request would be refused: something else is against it.']),
    ...proofLines(exclusion.proof, output),
  ];
}

/** `With it, of 1,902 recorded requests: 14 refused ones would pass (all POST /editor/save), 0 others change.` */
function proofLines(
  { requests, nowPass, nowRefused, otherwise, unlikeThen, failed, places }: ComparisonShape,
  output: Color,
): string[] {
  const [first, ...more] = places;
  const where =
    first === undefined || nowPass === 0
      ? ''
      : ` (${more.length === 0 ? 'all ' : ''}${clean(first.place)}${
          more.length === 0
            ? ''
            : ` ${first.requests}, ${more
                .slice(0, 3)
                .map(({ place, requests: count }) => `${clean(place)} ${count}`)
                .join(', ')}`
        })`;
  const line = `  With it, of ${many(requests, 'recorded request')}: ${many(nowPass, 'refused one')} would pass${where}, ${many(nowRefused + otherwise, 'other')} would change.`;
  return [line, ...doubtLines(unlikeThen, failed, output)];
}

function doubtLines(unlikeThen: number, failed: number, output: Color): string[] {
  const doubts = [
    ...(unlikeThen === 0
      ? []
      : [
          `(judged otherwise today than when it came: ${number(unlikeThen)}; by other rules, a masked secret, its reply, counters)`,
        ]),
    ...(failed === 0 ? [] : [`(could not be evaluated: ${number(failed)})`]),
  ];
  return doubts.map((line) => paint(output, 'dim', `  ${line}`));
}

export function replayedText(comparison: ComparisonShape, output: Color): string {
  const { requests, refused, nowPass, nowRefused, otherwise, changes, unlikeThen, failed } = comparison;
  const rows = changes.map(({ before, after, method, target, client, id, found }) => [
    { text: `${before} -> ${after}`, shade: shades[after] },
    `${clean(method)} ${clipped(clean(decoded(target)))}`,
    client,
    clean(found[0] ?? ''),
    { text: id, shade: 'dim' as const },
  ]);
  const all = nowPass + nowRefused + otherwise;
  const left = all > changes.length ? [`… and ${number(all - changes.length)} more`] : [];
  const sum = `of ${many(requests, 'recorded request')} (${number(refused)} refused): ${number(nowPass)} would pass now, ${number(nowRefused)} would be refused now, ${number(otherwise)} otherwise`;
  return `${[...tableLines(rows, output), ...left, sum, ...doubtLines(unlikeThen, failed, output)].join('\n')}\n`;
}

export function topText({ rules, recorded }: TopShape, output: Color): string {
  const head = ['REQUESTS', 'CLIENTS', 'RULE', 'WHAT', 'MOSTLY IN'].map((text) => ({ text, shade: 'dim' as const }));
  const rows = rules.map(({ requests, clients, ruleId, message, where }) => [
    number(requests),
    number(clients),
    String(ruleId),
    clipped(clean(message)),
    clean(where.map(({ target }) => target).join(', ')),
  ]);
  return `${tableLines([head, ...rows], output).join('\n')}\n${counted(recorded, 'recorded request')}\n`;
}

export function tunedText({ groups, recorded }: TunedShape, output: Color): string {
  if (groups.length === 0)
    return `nothing to tune: ${counted(recorded, 'recorded request')}, none refused for what it held\n`;
  const parts = groups.flatMap(({ place, requests, clients, found, example, exclusion }) => [
    `${paint(output, 'bold', clean(place))}   ${counted(requests, 'request')} of ${counted(clients, 'client')}`,
    ...found.slice(0, 5).map(({ ruleId, where, message }) => `  ${ruleId}  ${clean(message)} in ${clean(where)}`),
    ...(exclusion === undefined
      ? ['  no exclusion lets it pass']
      : [`    ${exclusion.text}`, ...proofLines(exclusion.proof, output)]),
    `  sentinel-stack waf explain ${example}`,
    '',
  ]);
  return `${parts.join('\n')}What many clients met is the likelier a mistake of the rules. Look before you exclude.\n`;
}

const charactersShown = 80;
const clipped = (text: string): string => (text.length > charactersShown ? `${text.slice(0, charactersShown)}…` : text);

/** What was sent is shown, and steers nothing. */
export const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}

const many = (count: number, thing: string): string => `${number(count)} ${thing}${count === 1 ? '' : 's'}`;
const number = (value: number): string => value.toLocaleString('en-US');
