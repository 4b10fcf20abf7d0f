// Files and what they include -> one list of statements. Include takes a name or a pattern relative to the folder of the
// file that names it; the files of a pattern come in the order of their names, as Apache reads them. Files are in memory
// already (load.ts); the only section that is understood is IfModule of ModSecurity itself, which is true.

import { dirname, isAbsolute, join } from 'node:path';
import { wafLangLimits } from '#config/limits-waf-lang';
import { parseRuleFile } from '../lang/parser.ts';
import type { RuleFile } from '../lang/rule-file.ts';
import type { Place, SettingStatement, Statement } from '../lang/tree.ts';
import type { Complaints } from './complaints.ts';
import type { DataFiles } from './leaves.ts';
import { atOnce } from './slices.ts';

export interface RuleFiles extends DataFiles {
  /** Files of a name or pattern, sorted by name; empty if there is none. Absent: nothing can be included. */
  include?(pattern: string): readonly RuleFile[];
}

export function expand(sources: readonly RuleFile[], files: RuleFiles, complaints: Complaints): Statement[] {
  return atOnce(expandSteps(sources, files, complaints));
}

/** The same in steps, of a file each. */
export function* expandSteps(
  sources: readonly RuleFile[],
  files: RuleFiles,
  complaints: Complaints,
): Generator<void, Statement[]> {
  const reading: Reading = { files, complaints, statements: [], open: [], count: 0 };
  for (const source of sources) yield* readFile(source, reading);
  return reading.statements;
}

interface Reading {
  readonly files: RuleFiles;
  readonly complaints: Complaints;
  readonly statements: Statement[];
  readonly open: string[]; // files that include the one that is read
  count: number;
}

function* readFile(file: RuleFile, reading: Reading): Generator<void, void> {
  const { source, statements, problems } = parseRuleFile(file);
  reading.complaints.learn(source, problems);
  reading.count += 1;
  reading.open.push(file.file);
  const sections: Section[] = [];
  for (const statement of statements) {
    if (statement.kind === 'setting' && statement.name.startsWith('<')) section(statement, sections, reading);
    else if (isLeftOut(sections)) continue;
    else if (statement.kind === 'setting' && isInclude(statement)) yield* include(statement, reading);
    else reading.statements.push(statement);
  }
  const unclosed = sections.at(-1);
  if (unclosed !== undefined)
    reading.complaints.error(unclosed.place, 'rule-syntax', 'the section is not closed', 'close it with </IfModule>');
  reading.open.pop();
  yield;
}

interface Section {
  readonly holds: boolean;
  readonly place: Place;
}

const isLeftOut = (sections: readonly Section[]): boolean => sections.some(({ holds }) => !holds);

const isInclude = ({ name }: SettingStatement): boolean => /^include(?:optional)?$/i.test(name);

/** `<IfModule security2_module>` and its end. Any other section stays, and the checker refuses it. */
function section(statement: SettingStatement, sections: Section[], reading: Reading): void {
  const text = [statement.name, ...statement.values.map((value) => value.text)].join(' ');
  const [, not, module] = /^<IfModule\s+(!?)\s*"?([\w.]+)"?\s*>$/i.exec(text) ?? [];
  const { place } = statement;
  if (module !== undefined) sections.push({ holds: isModSecurity(module) === (not === ''), place });
  else if (!/^<\/IfModule\s*>$/i.test(text)) {
    if (!isLeftOut(sections)) reading.statements.push(statement);
  } else if (sections.pop() === undefined)
    reading.complaints.error(place, 'rule-syntax', 'a section ends here that has not begun', 'take the line away');
}

const isModSecurity = (module: string): boolean => /^(?:security[23]_module|mod_security[23]\.c)$/i.test(module);

function* include(statement: SettingStatement, reading: Reading): Generator<void, void> {
  const { complaints, files } = reading;
  const [value, ...more] = statement.values;
  if (value === undefined || more.length > 0) {
    return complaints.error(
      statement.place,
      'rule-syntax',
      `${statement.name} takes the name of a file, or a pattern`,
      'as in: Include rules/*.conf',
    );
  }
  const pattern = pathFrom(statement.place.file, value.text);
  const found = files.include?.(pattern) ?? [];
  if (found.length === 0 && !/optional$/i.test(statement.name)) {
    return complaints.error(
      value.place,
      'rule-file-unusable',
      `there is no file '${value.text}'`,
      `looked for ${pattern}`,
    );
  }
  for (const file of found) yield* includeOne(file, statement, reading);
}

function* includeOne(file: RuleFile, { place }: SettingStatement, reading: Reading): Generator<void, void> {
  const { complaints, open } = reading;
  if (open.includes(file.file))
    complaints.error(place, 'rule-file-unusable', `${file.file} includes itself`, open.join(', which includes '));
  else if (open.length >= wafLangLimits.includeDepthMax)
    complaints.error(
      place,
      'rule-too-large',
      `files include each other ${open.length} deep`,
      `${wafLangLimits.includeDepthMax} is the most`,
    );
  else if (reading.count >= wafLangLimits.filesMax)
    complaints.error(place, 'rule-too-large', 'there are too many files', `${wafLangLimits.filesMax} are the most`);
  else yield* readFile(file, reading);
}

/** A name in a file is relative to the folder of the file. */
export function pathFrom(file: string, name: string): string {
  return isAbsolute(name) ? name : join(dirname(file), name);
}
