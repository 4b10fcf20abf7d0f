// docs/waf-rules.md, made from the files in waf-rules/sentinel: every rule of ours with its level, what it catches and
// what it may be wrong about, as its own comment says. It holds no sentence about a rule itself.

import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'waf-rules', 'sentinel');

export interface OwnRule {
  readonly id: number;
  readonly level: number;
  readonly severity: string;
  readonly what: string;
  readonly catches: string;
  readonly mistakes: string;
}

export interface OwnRules {
  readonly title: string;
  readonly about: string;
  readonly rules: readonly OwnRule[];
}

export function rulesPage(): string {
  const files = ownRules().filter(({ rules }) => rules.length > 0);
  const count = files.reduce((sum, { rules }) => sum + rules.length, 0);
  return [
    '# Our rules, one by one',
    '',
    '<!-- made from waf-rules/sentinel by `make golden`; changes here are lost -->',
    '',
    `${count} rules. A number says where a rule belongs: 33, the category as CRS numbers it, the level, and two digits. Points: CRITICAL 5, ERROR 4, WARNING 3, NOTICE 2. How they are measured is in [waf.md](waf.md#our-rules).`,
    '',
    ...files.flatMap(section),
  ].join('\n');
}

function section({ title, about, rules }: OwnRules): string[] {
  const rows = rules.map(
    ({ id, level, severity, what, catches, mistakes }) =>
      `| ${id} | ${level} | ${severity} | ${cell(what)} | ${cell(catches)} | ${cell(mistakes)} |`,
  );
  return [
    `## ${title}`,
    '',
    about,
    '',
    '| Rule | Level | Severity | Says | Catches | May be wrong about |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ];
}

/** HTML in a cell is shown, not made. */
const cell = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll('*', '\\*');

/** The files in the order in which they are loaded, the rules of each in the order in which they stand. */
export function ownRules(): OwnRules[] {
  return globSync(join(folder, '*.conf'))
    .toSorted((one, other) => basename(one).localeCompare(basename(other)))
    .map((file) => rulesOf(readFileSync(file, 'utf8')));
}

const rulePattern =
  /^((?:#[^\n]*\n)+)SecRule [^\n]*\\\n\s+"id:(33\d{3}([1-4])\d{2}),\\\n(?:[^\n]*\\\n)*?[^\n]*severity:'(\w+)'/gm;

function rulesOf(text: string): OwnRules {
  const opening = plain(/^(?:#[^\n]*\n)+/.exec(text)?.[0] ?? '');
  const end = opening.indexOf('. ');
  const rules = [...text.matchAll(rulePattern)].flatMap((match) => {
    const [, what, catches, mistakes] =
      /^\d+, level \d: (.*?)\. Catches: (.*) May be wrong about: (.*)$/.exec(plain(match[1] ?? '')) ?? [];
    if (what === undefined || catches === undefined || mistakes === undefined) return [];
    return [{ id: Number(match[2]), level: Number(match[3]), severity: match[4] ?? '', what, catches, mistakes }];
  });
  return {
    title: opening.slice(0, end),
    about: opening.slice(end + 2).replace(/ Made for the anomaly scoring.*$/, ''),
    rules,
  };
}

/** A comment as one line of text. */
const plain = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^#\s*/, ''))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
