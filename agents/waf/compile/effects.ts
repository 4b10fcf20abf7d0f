// What a rule does to the transaction when it matches: `setvar` and its kin, read once into effects. `ctl` has a file of
// its own (controls.ts).

import type { ActionCall } from '../lang/tree.ts';
import { checkedMacro } from './checked-macro.ts';
import type { Complaints } from './complaints.ts';
import type { Effect, Macro } from './rule-set.ts';

const persistent = ['GLOBAL', 'IP', 'RESOURCE', 'SESSION', 'USER'] as const;
const writable = ['TX', ...persistent];

type ReadEffect = (argument: string, call: ActionCall, complaints: Complaints) => Effect | string;

/** By action; a text that is returned says what the argument must be. */
export const effectReaders: Readonly<Record<string, ReadEffect>> = {
  setvar: readSetvar,
  expirevar: readExpirevar,
  deprecatevar: readDeprecatevar,
  initcol: readInitcol,
  setsid: (argument, call, complaints) => ({ kind: 'setsid', key: checkedMacro(argument, call, complaints) }),
  setuid: (argument, call, complaints) => ({ kind: 'setuid', key: checkedMacro(argument, call, complaints) }),
  setrsc: (argument, call, complaints) => ({ kind: 'setrsc', key: checkedMacro(argument, call, complaints) }),
  setenv: readSetenv,
  sanitisearg: (argument) => ({ kind: 'sanitise', what: 'arg', name: argument }),
  sanitiserequestheader: (argument) => ({ kind: 'sanitise', what: 'request-header', name: argument }),
  sanitiseresponseheader: (argument) => ({ kind: 'sanitise', what: 'response-header', name: argument }),
  sanitisematched: () => ({ kind: 'sanitise', what: 'matched', name: '' }),
  sanitisematchedbytes: (argument) =>
    /^(?:\d{1,6}\/\d{1,6})?$/.test(argument)
      ? { kind: 'sanitise', what: 'matched-bytes', name: argument }
      : 'how many bytes stay at both ends, as in 4/4',
};

/** `tx.a`, `tx.a=b`, `tx.a=+1`, `tx.a=-1`, `!tx.a`. */
function readSetvar(argument: string, call: ActionCall, complaints: Complaints): Effect | string {
  const isUnset = argument.startsWith('!');
  const [left, right] = halves(isUnset ? argument.slice(1) : argument, '=');
  const place = placeOfVariable(left, writable);
  if (typeof place === 'string') return place;
  const key = checkedMacro(place.key, call, complaints);
  const macro = (text: string) => checkedMacro(text, call, complaints);
  const base = { kind: 'setvar', collection: place.collection, key } as const;
  if (isUnset) return { ...base, how: 'unset', value: macro('') };
  if (right === undefined) return { ...base, how: 'set', value: macro('1') };
  const sign = right.charAt(0);
  if (sign !== '+' && sign !== '-') return { ...base, how: 'set', value: macro(right) };
  return { ...base, how: sign === '+' ? 'add' : 'subtract', value: macro(right.slice(1)) };
}

function readExpirevar(argument: string, call: ActionCall, complaints: Complaints): Effect | string {
  const [left, right] = halves(argument, '=');
  const place = placeOfVariable(left, persistent);
  if (typeof place === 'string') return place;
  if (right === undefined || right === '') return 'seconds behind an =, as in ip.blocked=60';
  return {
    kind: 'expirevar',
    collection: place.collection,
    key: checkedMacro(place.key, call, complaints),
    seconds: checkedMacro(right, call, complaints),
  };
}

function readDeprecatevar(argument: string, call: ActionCall, complaints: Complaints): Effect | string {
  const [left, right] = halves(argument, '=');
  const place = placeOfVariable(left, persistent);
  if (typeof place === 'string') return place;
  const [, amount, seconds] = /^(\d{1,9})\/(\d{1,9})$/.exec(right ?? '') ?? [];
  if (amount === undefined || Number(seconds) === 0) return 'an amount and seconds, as in ip.score=60/300';
  return {
    kind: 'deprecatevar',
    collection: place.collection,
    key: checkedMacro(place.key, call, complaints),
    amount: Number(amount),
    seconds: Number(seconds),
  };
}

function readInitcol(argument: string, call: ActionCall, complaints: Complaints): Effect | string {
  const [left, right] = halves(argument, '=');
  const collection = left.trim().toUpperCase();
  if (!isOneOf(collection, persistent))
    return `one of ${persistent.join(', ').toLowerCase()} and a key, as in ip=%{remote_addr}`;
  if (right === undefined || right === '') return 'a key behind an =, as in ip=%{remote_addr}';
  return { kind: 'initcol', collection, key: checkedMacro(right, call, complaints) };
}

function readSetenv(argument: string, call: ActionCall, complaints: Complaints): Effect | string {
  const [left, right] = halves(argument, '=');
  if (left === '' || left === '!') return 'a name, as in blocked=1';
  const macro = (text: string): Macro => checkedMacro(text, call, complaints);
  return { kind: 'setenv', name: macro(left), value: macro(right ?? '1') };
}

/** `tx.name` -> its collection and its name. */
function placeOfVariable(text: string, known: readonly string[]): { collection: string; key: string } | string {
  const [left, key] = halves(text.trim(), '.');
  const collection = left.toUpperCase();
  const example = `${known[0]?.toLowerCase()}.name`;
  if (key === undefined || key === '') return `a variable of a collection, as in ${example}`;
  return isOneOf(collection, known) ? { collection, key } : `a variable of ${known.join(', ')}, as in ${example}`;
}

const isOneOf = (text: string, known: readonly string[]): boolean => known.includes(text);

/** What stands before and after a mark, which may be inside no `%{…}`. */
function halves(text: string, mark: string): [string, string | undefined] {
  let from = 0;
  for (;;) {
    const at = text.indexOf(mark, from);
    if (at === -1) return [text, undefined];
    const open = text.lastIndexOf('%{', at);
    const close = open === -1 ? -1 : text.indexOf('}', open);
    if (open === -1 || close === -1 || close < at) return [text.slice(0, at), text.slice(at + 1)];
    from = close + 1;
  }
}
