// `ctl:name=value` -> controls, ready to be applied to a transaction. What a rule changes for the rest of its own
// transaction; the same words as directives change everything (settings.ts).

import { makeRuleSource } from '../lang/rule-file.ts';
import { parseTargets } from '../lang/target-list.ts';
import type { ActionCall, Target } from '../lang/tree.ts';
import type { Complaints } from './complaints.ts';
import type { AuditMode, Control, EngineMode, Rule } from './rule-set.ts';
import { type Selects, selectBy } from './select-rules.ts';
import { compileTarget } from './targets.ts';

type Read = (value: string, call: ActionCall, complaints: Complaints) => readonly Control[] | string;

export const engineModes: Readonly<Record<string, EngineMode>> = {
  on: 'on',
  off: 'off',
  detectiononly: 'detection-only',
};
export const auditModes: Readonly<Record<string, AuditMode>> = { on: 'on', off: 'off', relevantonly: 'relevant-only' };

/** In lower case; a text that is returned says what the value must be. */
const controls: Readonly<Record<string, readonly [name: string, does: string, read: Read]>> = {
  auditengine: [
    'auditEngine',
    'whether the transaction is written to the audit log',
    (value) => {
      const mode = auditModes[value.toLowerCase()];
      return mode === undefined ? 'On, Off or RelevantOnly' : [{ kind: 'audit-engine', mode }];
    },
  ],
  auditlogparts: [
    'auditLogParts',
    'which parts are written: all, or +X, or -X',
    (value) =>
      /^[+-]?[A-Za-z]+$/.test(value)
        ? [{ kind: 'audit-log-parts', change: value.toUpperCase() }]
        : 'letters such as +E, -C or ABHZ',
  ],
  forcerequestbodyvariable: [
    'forceRequestBodyVariable',
    'REQUEST_BODY is there whatever its type',
    onOff('force-request-body-variable'),
  ],
  requestbodyaccess: ['requestBodyAccess', 'whether the request body is looked at', onOff('request-body-access')],
  responsebodyaccess: ['responseBodyAccess', 'whether the response body is looked at', onOff('response-body-access')],
  requestbodylimit: ['requestBodyLimit', 'how many bytes of it', bytes('request-body-limit')],
  responsebodylimit: ['responseBodyLimit', 'how many bytes of it', bytes('response-body-limit')],
  workbudget: [
    'workBudget',
    'how much work this transaction may cost, as SecWorkBudget',
    (value) => (/^\d{1,12}$/.test(value) ? [{ kind: 'work-budget', units: Number(value) }] : 'a number of bytes'),
  ],
  requestbodyprocessor: [
    'requestBodyProcessor',
    'what the request body is read as',
    processor('request-body-processor', ['URLENCODED', 'MULTIPART', 'JSON', 'XML']),
  ],
  responsebodyprocessor: [
    'responseBodyProcessor',
    'accepted: a response is looked at as text',
    processor('response-body-processor', ['JSON', 'XML']),
  ],
  ruleengine: [
    'ruleEngine',
    'On, Off or DetectionOnly for the rest',
    (value) => {
      const mode = engineModes[value.toLowerCase()];
      return mode === undefined ? 'On, Off or DetectionOnly' : [{ kind: 'rule-engine', mode }];
    },
  ],
  ruleremovebyid: ['ruleRemoveById', 'rules by id or range', removeRules('id')],
  ruleremovebymsg: ['ruleRemoveByMsg', 'rules whose message matches', removeRules('msg')],
  ruleremovebytag: ['ruleRemoveByTag', 'rules with a tag that matches', removeRules('tag')],
  ruleremovetargetbyid: ['ruleRemoveTargetById', 'a target of rules by id or range', removeTargets('id')],
  ruleremovetargetbymsg: ['ruleRemoveTargetByMsg', 'a target of rules whose message matches', removeTargets('msg')],
  ruleremovetargetbytag: ['ruleRemoveTargetByTag', 'a target of rules with a tag that matches', removeTargets('tag')],
};

const refusedControls: Readonly<Record<string, readonly [name: string, why: string]>> = {
  debugloglevel: ['debugLogLevel', 'there is no debug log; `waf explain` shows what each rule does for one request'],
  hashengine: ['hashEngine', 'links in pages are not signed; leave it out'],
  hashenforcement: ['hashEnforcement', 'links in pages are not signed; leave it out'],
};

export const controlNames: ReadonlyArray<readonly [name: string, does: string]> = Object.values(controls).map(
  ([name, does]) => [name, does],
);
export const refusedControlNames: ReadonlyArray<readonly [name: string, why: string]> = Object.values(refusedControls);

export function readControl(argument: string, call: ActionCall, complaints: Complaints): readonly Control[] {
  const equals = argument.indexOf('=');
  const name = (equals === -1 ? argument : argument.slice(0, equals)).trim();
  const known = controls[name.toLowerCase()];
  if (known === undefined) {
    const refused = refusedControls[name.toLowerCase()];
    if (refused === undefined)
      complaints.unknown(
        call.argumentPlace,
        'ctl',
        name,
        controlNames.map(([one]) => one),
      );
    else complaints.error(call.argumentPlace, 'rule-not-supported', `ctl:${refused[0]} is not supported`, refused[1]);
    return [];
  }
  const read = equals === -1 ? 'a value, after =' : known[2](argument.slice(equals + 1).trim(), call, complaints);
  if (typeof read !== 'string') return read;
  complaints.error(call.argumentPlace, 'rule-bad-value', `ctl:${known[0]} takes ${read}`);
  return [];
}

function onOff(kind: 'request-body-access' | 'response-body-access' | 'force-request-body-variable'): Read {
  return (value) => {
    const isOn = { on: true, off: false }[value.toLowerCase()];
    return isOn === undefined ? 'On or Off' : [{ kind, isOn }];
  };
}

function bytes(kind: 'request-body-limit' | 'response-body-limit'): Read {
  return (value) => (/^\d{1,10}$/.test(value) ? [{ kind, bytes: Number(value) }] : 'a number of bytes');
}

function processor(kind: 'request-body-processor' | 'response-body-processor', known: readonly string[]): Read {
  return (value) => {
    const name = value.toUpperCase();
    return known.includes(name) ? [{ kind, processor: name }] : `one of ${known.join(', ')}`;
  };
}

function removeRules(by: 'id' | 'tag' | 'msg'): Read {
  return (value, call, complaints) => {
    const selects = selectBy(by, value);
    if (typeof selects === 'function') return [{ kind: 'remove-rules', removes: forRules(selects) }];
    complaints.error(call.argumentPlace, 'rule-bad-value', selects.fault, selects.hint);
    return [];
  };
}

function removeTargets(by: 'id' | 'tag' | 'msg'): Read {
  return (value, call, complaints) => {
    const mark = value.indexOf(';');
    if (mark === -1)
      return `${by === 'id' ? 'an id' : 'an expression'} and a target, as in ${by === 'id' ? '942100' : 'attack-sqli'};ARGS:password`;
    const selects = selectBy(by, value.slice(0, mark).trim());
    if (typeof selects !== 'function') {
      complaints.error(call.argumentPlace, 'rule-bad-value', selects.fault, selects.hint);
      return [];
    }
    const appliesTo = forRules(selects);
    return targetsIn(value.slice(mark + 1), call, complaints).map((target) => ({
      kind: 'remove-targets',
      appliesTo,
      target,
    }));
  };
}

/** The targets stand in an argument, so they are read as a text of their own and placed as a whole. */
function targetsIn(text: string, call: ActionCall, complaints: Complaints) {
  const source = makeRuleSource({ file: call.place.file, text });
  const list = { text, starts: [0], offsets: [0], end: text.length };
  const problems: Parameters<typeof parseTargets>[2] = [];
  const targets = parseTargets(source, list, problems);
  for (const problem of problems) complaints.error(call.argumentPlace, problem.code, problem.what, problem.hint);
  return targets
    .filter((target) => isPlain(target, call, complaints))
    .map((target) => compileTarget({ ...target, place: call.argumentPlace }, complaints))
    .filter((target) => target !== undefined);
}

function isPlain({ isCount, isExcluded }: Target, call: ActionCall, complaints: Complaints): boolean {
  if (!isCount && !isExcluded) return true;
  complaints.error(
    call.argumentPlace,
    'rule-bad-value',
    `a target that is taken out has no ${isCount ? '&' : '!'} before it`,
    'write ARGS:password',
  );
  return false;
}

/** Asked for every rule of every transaction that the control is in, so the answer is kept for each rule. */
function forRules(selects: Selects): (rule: Rule) => boolean {
  const answers = new WeakMap<Rule, boolean>();
  return (rule) => {
    const known = answers.get(rule);
    if (known !== undefined) return known;
    const { id, meta } = rule;
    const answer = selects({ id, tags: meta.tags.map(({ source }) => source), message: meta.message?.source });
    answers.set(rule, answer);
    return answer;
  };
}
