// The `ctl` action: what a rule may change about the rest of its own transaction. Changes of the engine, of what is read
// and of limits are values; rules and targets that are taken out are remembered and asked for at each rule that follows. Sets:
// a rule that matches a thousand values takes the same thing out a thousand times.

import type { Control } from '../compile/rule-set.ts';
import type { TransactionState } from './state.ts';
import { changeBudget } from './work.ts';

export function applyControl(tx: TransactionState, control: Control): void {
  switch (control.kind) {
    case 'rule-engine':
      tx.engine = control.mode;
      return;
    case 'audit-engine':
      tx.auditMode = control.mode;
      return;
    case 'audit-log-parts':
      tx.auditParts = changedParts(tx.auditParts, control.change);
      return;
    case 'request-body-access':
      tx.isRequestBodyRead = control.isOn;
      return;
    case 'response-body-access':
      tx.isResponseBodyRead = control.isOn;
      return;
    case 'force-request-body-variable':
      tx.isRequestBodyForced = control.isOn;
      return;
    case 'request-body-processor':
      tx.requestProcessor = control.processor.toUpperCase();
      return;
    case 'response-body-processor':
      return; // RESPONSE_BODY is text for every rule there is; no variable shows a parsed response
    case 'request-body-limit':
      tx.requestBytesMax = control.bytes;
      return;
    case 'response-body-limit':
      tx.responseBytesMax = control.bytes;
      return;
    case 'work-budget':
      changeBudget(control.units - tx.work.budget);
      tx.work.budget = control.units;
      return;
    case 'remove-rules':
      tx.ruleRemovals.add(control.removes);
      return;
    case 'remove-targets':
      tx.targetRemovals.add(control);
      return;
  }
}

/** `+E` adds parts, `-C` takes them out, `ABIJZ` replaces all. */
export function changedParts(parts: string, change: string): string {
  const [sign, letters] = [change.charAt(0), change.slice(1).toUpperCase()];
  if (sign === '-') return [...parts].filter((part) => !letters.includes(part)).join('');
  if (sign === '+') return parts + [...letters].filter((part) => !parts.includes(part)).join('');
  return change.toUpperCase();
}
