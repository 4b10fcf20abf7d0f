// Files of rules -> a checked set, or every problem. Statements are taken in their order, since order means something:
// what SecDefaultAction says holds for rules behind it, what removes or updates rules is for those before it.
//
// Problems that are warnings come beside a set; with an error there is none.

import { wafLangLimits } from '#config/limits-waf-lang';
import type { RuleFile, RuleProblem } from '../lang/rule-file.ts';
import type {
  ActionCall,
  ActionStatement,
  DefaultsStatement,
  MarkerStatement,
  RuleStatement,
  SettingStatement,
  Statement,
} from '../lang/tree.ts';
import { makeOperator, operatorNames, refusedOperators } from '../operator/table.ts';
import { transformationByName, transformationNames } from '../transform/table.ts';
import { type ActionSet, groupOf, noActions, readActions } from './actions.ts';
import { type Building, newBuilding } from './building.ts';
import { Complaints } from './complaints.ts';
import { Draft, type DraftLink, finish, warnOfIdle } from './draft.ts';
import { removeRules, updateActions, updateTargets } from './exclude.ts';
import { expandSteps, pathFrom, type RuleFiles } from './expand.ts';
import type { Leaves } from './leaves.ts';
import { compileOperator } from './operator.ts';
import type { RuleSet } from './rule-set.ts';
import { applySetting } from './settings.ts';
import { atOnce } from './slices.ts';
import { compileTargets } from './targets.ts';
import { decodedBy, parseUnicodeMap } from './unicode-map.ts';

export type Compiled =
  | { readonly ruleSet: RuleSet; readonly warnings: readonly RuleProblem[] }
  | { readonly problems: readonly RuleProblem[] };

export function compileRules(sources: readonly RuleFile[], files: RuleFiles): Compiled {
  return compileWith(tables, sources, files);
}

const tables: Leaves = { operatorNames, refusedOperators, makeOperator, transformationNames, transformationByName };

/** The same in steps, of a file or a statement each: whoever has other work takes them a few at a time. */
export function compileSteps(sources: readonly RuleFile[], files: RuleFiles): Generator<void, Compiled> {
  return stepsWith(tables, sources, files);
}

export function compileWith(leaves: Leaves, sources: readonly RuleFile[], files: RuleFiles): Compiled {
  return atOnce(stepsWith(leaves, sources, files));
}

function* stepsWith(leaves: Leaves, sources: readonly RuleFile[], files: RuleFiles): Generator<void, Compiled> {
  const complaints = new Complaints();
  const building = newBuilding(leaves, files, complaints);
  for (const statement of yield* expandSteps(sources, files, complaints)) {
    take(statement, building);
    yield;
  }
  closeChain(building);
  for (const step of building.steps) if (step.kind === 'rule') warnOfIdle(step, complaints);
  warnOfMissingMarkers(building);
  if (complaints.hasErrors) return { problems: complaints.problems };
  return { ruleSet: ruleSetOf(building), warnings: complaints.problems };
}

function take(statement: Statement, building: Building): void {
  switch (statement.kind) {
    case 'rule':
    case 'action':
      return takeRule(statement, building);
    case 'marker':
      return takeMarker(statement, building);
    case 'defaults':
      return takeDefaults(statement, building);
    case 'update-targets':
      return updateTargets(statement, building);
    case 'update-actions':
      return updateActions(statement, building);
    case 'setting':
      return takeSetting(statement, building);
  }
}

function takeRule(statement: RuleStatement | ActionStatement, building: Building): void {
  const { complaints, leaves, chain } = building;
  const actions = readActions(statement.actions, complaints, leaves);
  const link = linkOf(statement, actions, building);
  if (chain !== undefined) {
    complainOfMisplaced(statement.actions, complaints);
    chain.links.push(link);
  } else {
    const draft = draftOf(statement, actions, building);
    if (draft === undefined) return skipChain(actions, building);
    draft.links.push(link);
    building.steps.push(draft);
    building.chain = draft;
  }
  if (actions.isChained !== true) building.chain = undefined;
}

/** What is chained to a rule without an id is read, so that its mistakes are shown, and then forgotten. */
function skipChain(actions: ActionSet, building: Building): void {
  if (actions.isChained !== true) return;
  const place = { file: '', line: 0, column: 0, length: 0 };
  building.chain = new Draft({ place, id: 0, phase: 2, defaults: noActions });
}

function linkOf(statement: RuleStatement | ActionStatement, actions: ActionSet, building: Building): DraftLink {
  if (statement.kind === 'action') {
    return {
      place: statement.place,
      targets: [],
      operator: undefined,
      isNegated: false,
      operatorName: 'unconditionalMatch',
      operatorArgument: '',
      actions,
    };
  }
  const { operator, place } = statement;
  return {
    place,
    targets: compileTargets(statement.targets, building.complaints),
    operator: compileOperator(operator, building.files, building.leaves, building.complaints),
    isNegated: operator.isNegated,
    operatorName: operator.name,
    operatorArgument: operator.argument,
    actions,
  };
}

function draftOf(
  statement: RuleStatement | ActionStatement,
  actions: ActionSet,
  building: Building,
): Draft | undefined {
  const { complaints, ids, defaults } = building;
  const { id } = actions;
  const call = statement.actions.find(({ name }) => name === 'id');
  if (id === undefined) {
    if (call === undefined)
      complaints.error(
        statement.place,
        'rule-incomplete',
        'the rule has no id',
        'add one, as in id:1000, from 1 to 99999 for rules of your own',
      );
    return undefined;
  }
  const first = ids.get(id);
  if (first !== undefined) {
    complaints.error(
      call?.place ?? statement.place,
      'rule-duplicate-id',
      `there are two rules of the id ${id}`,
      'give one of them another',
      { what: 'the other one is here', place: first },
    );
    return undefined;
  }
  if (ids.size >= wafLangLimits.rulesMax) {
    complaints.error(
      statement.place,
      'rule-too-large',
      'there are too many rules',
      `${wafLangLimits.rulesMax} are the most`,
    );
    return undefined;
  }
  ids.set(id, call?.place ?? statement.place);
  const phase = actions.phase ?? 2;
  return new Draft({ place: statement.place, id, phase, defaults: defaults.get(phase) ?? noActions });
}

const whereInstead = 'move it to the first rule of the chain';

/** What belongs to the whole chain stands in its first rule alone. */
function complainOfMisplaced(calls: readonly ActionCall[], complaints: Complaints): void {
  for (const call of calls) {
    const group = groupOf(call);
    const isWhole = group === 'metadata' || group === 'disruptive' || (group === 'flow' && call.name !== 'chain');
    if (isWhole && call.name !== 'tag')
      complaints.error(
        call.place,
        'rule-misplaced',
        `${call.name} stands in a rule that is chained to another`,
        whereInstead,
      );
    else if (isWhole || group === 'logging' || call.name === 'status')
      complaints.warn(call.place, `${call.name} has no effect in a rule that is chained to another`, whereInstead);
  }
}

function takeMarker({ name, place }: MarkerStatement, building: Building): void {
  if (name === '') return building.complaints.error(place, 'rule-incomplete', 'the marker has no name');
  closeChain(building);
  building.steps.push({ kind: 'marker', name });
}

/** A chain that has begun must go on with the next rule. */
function closeChain(building: Building): void {
  const { chain, complaints } = building;
  building.chain = undefined;
  if (chain === undefined || chain.id === 0) return;
  const last = chain.links.at(-1)?.place ?? chain.place;
  complaints.error(
    last,
    'rule-incomplete',
    `the chain of rule ${chain.id} is not finished`,
    'a rule must follow here, or take `chain` away',
  );
}

function takeDefaults(statement: DefaultsStatement, building: Building): void {
  const { complaints, leaves, defaults } = building;
  const actions = readActions(statement.actions, complaints, leaves);
  for (const call of statement.actions) {
    const isForbidden =
      groupOf(call) === 'flow' ||
      (groupOf(call) === 'metadata' && call.name !== 'phase' && call.name !== 'severity' && call.name !== 'tag');
    if (isForbidden)
      complaints.error(
        call.place,
        'rule-misplaced',
        `${call.name} stands in SecDefaultAction`,
        'move it to the rules themselves',
      );
  }
  const { phase, disruption } = actions;
  if (phase === undefined)
    complaints.error(
      statement.place,
      'rule-incomplete',
      'SecDefaultAction has no phase',
      'as in: SecDefaultAction "phase:2,log,auditlog,pass"',
    );
  else if (disruption === undefined)
    complaints.error(
      statement.place,
      'rule-incomplete',
      'SecDefaultAction does not say what to do',
      'add pass, deny or another of their kind',
    );
  else if (disruption.kind === 'block')
    complaints.error(
      statement.place,
      'rule-misplaced',
      'SecDefaultAction says block, which means what SecDefaultAction says',
      'write pass or deny',
    );
  else defaults.set(phase, actions);
}

function takeSetting(statement: SettingStatement, building: Building): void {
  const { complaints } = building;
  switch (statement.name.toLowerCase()) {
    case 'seccomponentsignature':
      return takeSignature(statement, building);
    case 'secunicodemapfile':
      return takeUnicodeMap(statement, building);
    case 'secruleremovebyid':
      return removeRules('id', statement, building);
    case 'secruleremovebytag':
      return removeRules('tag', statement, building);
    case 'secruleremovebymsg':
      return removeRules('msg', statement, building);
    default:
      building.settings = applySetting(statement, building.settings, complaints);
  }
}

function takeSignature({ values, place }: SettingStatement, { signatures, complaints }: Building): void {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0)
    complaints.error(
      place,
      'rule-bad-value',
      'SecComponentSignature takes one text',
      'as in: SecComponentSignature "OWASP_CRS/4.28.0"',
    );
  else if (!signatures.includes(value.text)) signatures.push(value.text);
}

function takeUnicodeMap({ values, place }: SettingStatement, building: Building): void {
  const { complaints, files } = building;
  const [file, codePage, ...more] = values;
  if (file === undefined || codePage === undefined || more.length > 0) {
    return complaints.error(
      place,
      'rule-bad-value',
      'SecUnicodeMapFile takes a file and a code page',
      'as in: SecUnicodeMapFile unicode.mapping 20127',
    );
  }
  const text = files.read(pathFrom(place.file, file.text));
  if (text === undefined) return complaints.error(file.place, 'rule-file-unusable', `there is no file '${file.text}'`);
  building.unicodeMap = parseUnicodeMap(text, codePage.text);
  if (building.unicodeMap === undefined)
    complaints.error(codePage.place, 'rule-bad-value', `'${file.text}' has no code page ${codePage.text}`);
}

/** A jump to nowhere ends the phase: more often a misspelling than meant. */
function warnOfMissingMarkers({ steps, complaints }: Building): void {
  const markers = new Set(steps.filter((step) => step.kind === 'marker').map(({ name }) => name));
  for (const step of steps) {
    if (step.kind === 'marker') continue;
    const name = step.links[0]?.actions.skipAfter;
    if (name === undefined || markers.has(name)) continue;
    complaints.warn(
      step.place,
      `rule ${step.id} goes on behind a marker '${name}' that does not exist, so it ends the phase`,
      `add SecMarker "${name}"`,
    );
  }
}

function ruleSetOf({ steps, settings, signatures, unicodeMap }: Building): RuleSet {
  const decoded = unicodeMap === undefined ? undefined : decodedBy(unicodeMap);
  const phases: Array<Array<RuleSet['phases'][number][number]>> = [[], [], [], [], [], []];
  for (const step of steps) {
    if (step.kind === 'marker') for (const phase of phases.slice(1)) phase.push(step);
    else phases[step.phase]?.push(finish(step, decoded));
  }
  return { settings, phases, signatures };
}
