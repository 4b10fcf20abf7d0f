// What a matching value changes at once: variables, persistent records, what is masked in logs, and by ctl the rules
// that follow. Numbers are read as C's atoi does and no counter goes below zero, as in ModSecurity (re_actions.c).

import { wafRunLimits } from '#config/limits-waf-run';
import type { Effect, Rule } from '../compile/rule-set.ts';
import { asciiLower } from '../transform/bytes.ts';
import { applyControl } from './controls.ts';
import { expand } from './expand.ts';
import { type Bag, leadingInteger } from './item.ts';
import type { PersistentRecord } from './persistent.ts';
import type { Sanitation, TransactionState } from './state.ts';

export function applyEffect(tx: TransactionState, rule: Rule, effect: Effect): void {
  switch (effect.kind) {
    case 'setvar':
      return setVariable(tx, rule, effect);
    case 'ctl':
      return applyControl(tx, effect.control);
    case 'setenv':
      return setEnvironment(tx, expand(tx, effect.name), expand(tx, effect.value));
    case 'initcol':
      return openRecord(tx, effect.collection, expand(tx, effect.key));
    case 'setsid':
    case 'setuid':
    case 'setrsc':
      return openNamed(tx, effect.kind, expand(tx, effect.key));
    case 'expirevar':
    case 'deprecatevar':
      return changeRecord(tx, effect);
    case 'sanitise':
      return sanitise(tx, effect.what, effect.name);
  }
}

export type SetVariable = Extract<Effect, { kind: 'setvar' }>;

/** A persistent collection that no initcol has opened takes nothing. */
function setVariable(tx: TransactionState, rule: Rule, { collection, key: name, how, value }: SetVariable): void {
  const record = collection === 'TX' ? undefined : tx.records.get(collection);
  const bag = collection === 'TX' ? tx.tx : record?.bag;
  if (bag === undefined) return;
  const key = expand(tx, name);
  const before = tx.trace === undefined ? undefined : bag.get(key);
  change(bag, key, how, expand(tx, value));
  if (record !== undefined) tx.changedRecords.add(record);
  tx.trace?.add({ kind: 'set', id: rule.id, name: `${collection}:${key}`, before, after: bag.get(key) });
}

export function change(bag: Bag, key: string, how: SetVariable['how'], value: string, name = asciiLower(key)): void {
  if (how === 'unset') return bag.delete(key);
  if (how === 'set') {
    bag.setByLowerName(name, key, value.slice(0, wafRunLimits.variableBytesMax));
    return;
  }
  const by = leadingInteger(value);
  const sum = leadingInteger(bag.byLowerName(name) ?? '') + (how === 'add' ? by : -by);
  bag.setByLowerName(name, key, String(Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, sum))));
}

function setEnvironment(tx: TransactionState, name: string, value: string): void {
  const isRoom = tx.environment.has(name) || tx.environment.size < wafRunLimits.variablesMax;
  if (isRoom && value.length <= wafRunLimits.variableBytesMax) tx.environment.set(name, value);
}

/** Once per transaction and collection: a second initcol changes nothing. */
function openRecord(tx: TransactionState, collection: string, key: string): void {
  const name = collection.toUpperCase();
  if (tx.records.has(name)) return;
  const { webAppId, collectionTimeoutSecs } = tx.ruleSet.settings;
  const scope = name === 'GLOBAL' || name === 'IP' ? key : `${webAppId} ${key}`; // sessions of two applications differ
  tx.records.set(name, tx.store.open(name, scope, Math.floor(tx.nowMs / 1000), collectionTimeoutSecs));
}

function openNamed(tx: TransactionState, kind: 'setsid' | 'setuid' | 'setrsc', key: string): void {
  if (kind === 'setsid') tx.sessionId = key;
  if (kind === 'setuid') tx.userId = key;
  openRecord(tx, { setsid: 'SESSION', setuid: 'USER', setrsc: 'RESOURCE' }[kind], key);
}

type RecordEffect = Extract<Effect, { kind: 'expirevar' | 'deprecatevar' }>;

function changeRecord(tx: TransactionState, effect: RecordEffect): void {
  const record = tx.records.get(effect.collection.toUpperCase());
  if (record === undefined) return;
  const [key, nowSecs] = [expand(tx, effect.key), Math.floor(tx.nowMs / 1000)];
  if (effect.kind === 'expirevar') record.expireAt(key, nowSecs + leadingInteger(expand(tx, effect.seconds)));
  else deprecate(record, key, effect, nowSecs);
  tx.changedRecords.add(record);
}

/** `deprecatevar:ip.score=60/300`: 60 less for every whole 300 s since the record was last updated. */
function deprecate(
  { bag }: PersistentRecord,
  key: string,
  { amount, seconds }: { readonly amount: number; readonly seconds: number },
  nowSecs: number,
): void {
  const current = bag.get(key);
  if (current === undefined || seconds <= 0) return;
  const idleSecs = nowSecs - leadingInteger(bag.get('LAST_UPDATE_TIME') ?? '');
  const less = leadingInteger(current) - Math.floor(idleSecs / seconds) * amount;
  bag.set(key, String(Math.max(0, less)));
}

function sanitise(tx: TransactionState, what: Extract<Effect, { kind: 'sanitise' }>['what'], name: string): void {
  const isMatched = what === 'matched' || what === 'matched-bytes';
  const sanitation: Sanitation = isMatched
    ? { what: 'value', name: middleOf(tx.matched?.value ?? '', name) }
    : { what, name };
  if (tx.sanitations.length < wafRunLimits.sanitationsMax) tx.sanitations.push(sanitation);
}

/** `sanitiseMatchedBytes:1/4` leaves a byte at the beginning and four at the end to be read. */
function middleOf(value: string, ends: string): string {
  const [before = 0, after = 0] = ends.split('/').map(leadingInteger);
  return value.slice(before, Math.max(before, value.length - after));
}
