// A list of actions -> what it says, checked: one table of every action of the reference, for the checker and for
// docs/seclang.md. Sets of actions lie over each other (`overlay`): a rule over SecDefaultAction of its phase, what
// SecRuleUpdateActionById says over the rule. `block` and `t:none` are resolved only when the rule is finished.

import type { ActionCall } from '../lang/tree.ts';
import { checkedMacro } from './checked-macro.ts';
import type { Complaints } from './complaints.ts';
import { readControl } from './controls.ts';
import { effectReaders } from './effects.ts';
import type { Leaves } from './leaves.ts';
import type { Disruption, Effect, Macro, Phase, Transformation } from './rule-set.ts';

export interface ActionSet {
  readonly id?: number;
  readonly phase?: Phase;
  readonly message?: Macro;
  readonly data?: Macro;
  readonly severity?: number;
  readonly version?: string;
  readonly revision?: string;
  readonly maturity?: number;
  readonly accuracy?: number;
  readonly tags: readonly Macro[];
  readonly logs?: boolean;
  readonly audits?: boolean;
  readonly disruption?: Disruption | { readonly kind: 'block' };
  readonly status?: number;
  readonly skip?: number;
  readonly skipAfter?: string;
  readonly isChained?: boolean;
  readonly captures?: boolean;
  readonly isMultiMatch?: boolean;
  readonly transformations: readonly Transformation[]; // `none` takes those before it away
  readonly effects: readonly Effect[];
}

export const noActions: ActionSet = { tags: [], transformations: [], effects: [] };

/** What the second says goes before what the first says; lists are joined. */
export function overlay(below: ActionSet, above: ActionSet): ActionSet {
  return {
    ...below,
    ...above,
    tags: [...below.tags, ...above.tags],
    transformations: [...below.transformations, ...above.transformations],
    effects: [...below.effects, ...above.effects],
  };
}

/** Where an action may stand, beside the first rule of a chain, which takes all. */
type Group = 'metadata' | 'disruptive' | 'flow' | 'logging' | 'data';

export interface ActionWord {
  readonly name: string;
  readonly group: Group;
  readonly argument: 'none' | 'needed' | 'optional';
  readonly does: string;
  readonly read: Read;
}

type Read = (argument: string, reading: Reading) => Partial<ActionSet> | string;

interface Reading {
  readonly call: ActionCall;
  readonly set: ActionSet; // what stands before in the same list
  readonly complaints: Complaints;
  readonly leaves: Leaves;
}

const word = (name: string, group: Group, argument: ActionWord['argument'], does: string, read: Read): ActionWord => ({
  name,
  group,
  argument,
  does,
  read,
});

const severities = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'];
const phaseWords: Readonly<Record<string, Phase>> = {
  '1': 1,
  '2': 2,
  '3': 3,
  '4': 4,
  '5': 5,
  request: 2,
  response: 4,
  logging: 5,
};

const macroOf = (argument: string, { call, complaints }: Reading): Macro => checkedMacro(argument, call, complaints);

const effect = (name: string, argument: ActionWord['argument'], does: string): ActionWord =>
  word(name, 'data', argument, does, (text, { call, set, complaints }) => {
    const read =
      effectReaders[name.toLowerCase().replace('sanitize', 'sanitise')]?.(text, call, complaints) ?? 'nothing';
    return typeof read === 'string' ? read : { effects: [...set.effects, read] };
  });

const words: readonly ActionWord[] = [
  word('id', 'metadata', 'needed', 'the number that names the rule', (argument) =>
    /^[1-9]\d{0,9}$/.test(argument) ? { id: Number(argument) } : 'a number, from 1',
  ),
  word('phase', 'metadata', 'needed', 'when it runs: 1 to 5, request, response, logging', (argument) => {
    const phase = phaseWords[argument.toLowerCase()];
    return phase === undefined
      ? '1 (request headers), 2 (request body), 3 (response headers), 4 (response body) or 5 (logging)'
      : { phase };
  }),
  word('msg', 'metadata', 'needed', 'what the log says', (argument, reading) => ({
    message: macroOf(argument, reading),
  })),
  word('logdata', 'metadata', 'needed', 'and with which data', (argument, reading) => ({
    data: macroOf(argument, reading),
  })),
  word('severity', 'metadata', 'needed', 'EMERGENCY to DEBUG, or 0 to 7', (argument) => {
    const number = /^[0-7]$/.test(argument) ? Number(argument) : severities.indexOf(argument.toLowerCase());
    return number === -1 ? `0 to 7 or one of ${severities.join(', ').toUpperCase()}` : { severity: number };
  }),
  word('tag', 'metadata', 'needed', 'a group the rule belongs to', (argument, reading) => ({
    tags: [...reading.set.tags, macroOf(argument, reading)],
  })),
  word('ver', 'metadata', 'needed', 'the version of the set of rules', (argument) => ({ version: argument })),
  word('rev', 'metadata', 'needed', 'the revision of the rule', (argument) => ({ revision: argument })),
  word('maturity', 'metadata', 'needed', 'how well tested, 1 to 9', (argument) =>
    /^[0-9]$/.test(argument) ? { maturity: Number(argument) } : '1 to 9',
  ),
  word('accuracy', 'metadata', 'needed', 'how exact, 1 to 9', (argument) =>
    /^[0-9]$/.test(argument) ? { accuracy: Number(argument) } : '1 to 9',
  ),

  word('allow', 'disruptive', 'optional', 'lets pass: all that follows, or the phase, or the request', (argument) => {
    const scope = ({ '': 'transaction', phase: 'phase', request: 'request' } as const)[argument.toLowerCase()];
    return scope === undefined ? 'nothing, phase or request' : { disruption: { kind: 'allow', scope } };
  }),
  word('block', 'disruptive', 'none', 'what SecDefaultAction of the phase says', () => ({
    disruption: { kind: 'block' },
  })),
  word('deny', 'disruptive', 'none', 'refuses, with status', () => ({ disruption: { kind: 'deny' } })),
  word('drop', 'disruptive', 'none', 'closes the connection', () => ({ disruption: { kind: 'drop' } })),
  word('pass', 'disruptive', 'none', 'goes on with the next rule', () => ({ disruption: { kind: 'pass' } })),
  word('redirect', 'disruptive', 'needed', 'answers with a redirection', (argument, reading) => ({
    disruption: { kind: 'redirect', to: macroOf(argument, reading) },
  })),
  word('status', 'data', 'needed', 'the status of a refusal', (argument) =>
    /^[1-5]\d\d$/.test(argument) ? { status: Number(argument) } : 'a status, 100 to 599',
  ),

  word('chain', 'flow', 'none', 'the next rule is a further condition', () => ({ isChained: true })),
  word('skip', 'flow', 'needed', 'leaves out as many rules', (argument) =>
    /^[1-9]\d{0,5}$/.test(argument) ? { skip: Number(argument) } : 'a number of rules, from 1',
  ),
  word('skipAfter', 'flow', 'needed', 'goes on behind a SecMarker', (argument) =>
    argument === '' ? 'the name of a SecMarker' : { skipAfter: argument },
  ),

  word('log', 'logging', 'none', 'a match is logged, in both logs', () => ({ logs: true, audits: true })),
  word('nolog', 'logging', 'none', 'a match is not logged, in neither', () => ({ logs: false, audits: false })),
  word('auditlog', 'logging', 'none', 'a match makes the transaction relevant to the audit log', () => ({
    audits: true,
  })),
  word('noauditlog', 'logging', 'none', 'it does not', () => ({ audits: false })),

  word('capture', 'data', 'none', 'keeps the groups of an expression in TX:0 to TX:9', () => ({ captures: true })),
  word('multiMatch', 'data', 'none', 'the operator looks before and after each transformation', () => ({
    isMultiMatch: true,
  })),
  word('t', 'data', 'needed', 'a transformation, or none to forget those before', readTransformation),
  word(
    'ctl',
    'data',
    'needed',
    'changes the engine for the rest of the transaction',
    (argument, { call, set, complaints }) => ({
      effects: [
        ...set.effects,
        ...readControl(argument, call, complaints).map((control): Effect => ({ kind: 'ctl', control })),
      ],
    }),
  ),
  effect('setvar', 'needed', 'sets, adds to, subtracts from or removes a variable'),
  effect('expirevar', 'needed', 'a variable of a persistent record ends after seconds'),
  effect('deprecatevar', 'needed', 'it shrinks with time'),
  effect('initcol', 'needed', 'opens a persistent record'),
  effect('setsid', 'needed', 'names the session and opens its record'),
  effect('setuid', 'needed', 'names the user and opens the record'),
  effect('setrsc', 'needed', 'names the resource and opens its record'),
  effect('setenv', 'needed', 'sets a variable of ENV'),
  ...['sanitise', 'sanitize'].flatMap((verb) => [
    effect(`${verb}Arg`, 'needed', 'an argument is masked in the audit log'),
    effect(`${verb}RequestHeader`, 'needed', 'a request header is'),
    effect(`${verb}ResponseHeader`, 'needed', 'a response header is'),
    effect(`${verb}Matched`, 'none', 'what matched is'),
    effect(`${verb}MatchedBytes`, 'optional', 'the bytes that matched are'),
  ]),
];

const refusedWords: ReadonlyArray<readonly [name: string, why: string]> = [
  ['append', 'pages are not changed by rules; let the upstream or the proxy do it'],
  ['exec', 'rules start no programs; let a program read the audit log'],
  ['pause', 'a connection that is held costs the server more than the attacker; use rate-limit of the route, or drop'],
  ['prepend', 'pages are not changed by rules; let the upstream or the proxy do it'],
  ['proxy', 'where a request goes is decided by routes; use redirect, or a route'],
  ['xmlns', 'names in an XPath are compared as they are written in the document, prefix included'],
];

const wordsByName = new Map(words.map((one) => [one.name.toLowerCase(), one]));
const refusedByName = new Map(refusedWords.map((one) => [one[0], one]));

export const actionWords = words;
export const refusedActions = refusedWords;

function readTransformation(argument: string, { set, call, complaints, leaves }: Reading): Partial<ActionSet> {
  const found = leaves.transformationByName(argument);
  if (found === undefined)
    complaints.unknown(call.argumentPlace, 'transformation', argument, leaves.transformationNames);
  return found === undefined ? {} : { transformations: [...set.transformations, found] };
}

/** What one list says; what is wrong in it is reported and left out. */
export function readActions(calls: readonly ActionCall[], complaints: Complaints, leaves: Leaves): ActionSet {
  let set = noActions;
  const seen = new Map<string, ActionCall>();
  for (const call of calls) {
    const known = wordsByName.get(call.name);
    if (known === undefined) complainOfUnknown(call, complaints);
    else if (mayStand(known, call, seen, complaints)) {
      const read = known.read(call.argument ?? '', { call, set, complaints, leaves });
      if (typeof read !== 'string') set = { ...set, ...read };
      else complaints.error(placeOf(call), 'rule-bad-value', `${known.name} takes ${read}`);
    }
  }
  return set;
}

const placeOf = (call: ActionCall) =>
  call.argument === undefined || call.argument === '' ? call.place : call.argumentPlace;

function complainOfUnknown(call: ActionCall, complaints: Complaints): void {
  const at = { ...call.place, length: Math.min(call.place.length, call.name.length) };
  const refused = refusedByName.get(call.name);
  if (refused === undefined)
    complaints.unknown(
      at,
      'action',
      call.name,
      wordsByName.values().map(({ name }) => name),
    );
  else complaints.error(at, 'rule-not-supported', `the action ${refused[0]} is not supported`, refused[1]);
}

/** Its argument is there, or not, as it should be; what can stand once stands once. */
function mayStand(known: ActionWord, call: ActionCall, seen: Map<string, ActionCall>, complaints: Complaints): boolean {
  if (known.argument === 'none' && call.argument !== undefined && call.argument !== '') {
    complaints.error(call.argumentPlace, 'rule-bad-value', `${known.name} takes no argument`);
    return false;
  }
  if (known.argument === 'needed' && (call.argument === undefined || call.argument === '')) {
    complaints.error(call.place, 'rule-incomplete', `${known.name} needs an argument`, known.does);
    return false;
  }
  const key = known.group === 'disruptive' ? 'disruptive' : known.name;
  const isOnce = known.group === 'disruptive' || (known.group === 'metadata' && known.name !== 'tag');
  const first = isOnce ? seen.get(key) : undefined;
  seen.set(key, call);
  if (first === undefined) return true;
  const what =
    known.group === 'disruptive'
      ? 'a rule can do one thing of deny, pass, block and their like'
      : `${known.name} stands twice`;
  complaints.error(call.place, 'rule-misplaced', what, undefined, {
    what: 'the other one is here',
    place: first.place,
  });
  return false;
}

export function groupOf(call: ActionCall): Group | undefined {
  return wordsByName.get(call.name)?.group;
}
