// How much work a transaction has done, in units that do not depend on the machine: a byte that is scanned, transformed
// or given to an operator is one, and so is a step of an expression that looks around; each such turn costs a few more,
// however short its value. Counted where work is done, by one subtraction, so the same request always ends at the same
// place. One transaction at a time is evaluated, so the count is the module's, as in transformed.ts. It refuses to decide
// what follows when the budget is spent: that is the work of transaction.ts.

import { wafRunLimits } from '#config/limits-waf-run';

/** The budget is spent. Not a fault of a rule: every evaluator lets it through. */
export class WorkSpent extends Error {
  constructor() {
    super('the work budget is spent');
    this.name = 'WorkSpent';
  }
}

/** More than anything can spend, and still exact. */
export const unbounded = Number.MAX_SAFE_INTEGER;

let left = unbounded;
let most = unbounded;

/** From now on so much may be spent. */
export function openBudget(units: number): void {
  most = units;
  left = units;
}

/** What has been spent since it was opened; what is spent behind it is nobody's. */
export function closeBudget(): number {
  const spent = most - left;
  openBudget(unbounded);
  return spent;
}

/** A rule has changed the budget of its own transaction. */
export function changeBudget(by: number): void {
  most += by;
  left += by;
}

export const unitsLeft = (): number => left;

/** Throws WorkSpent. */
export function spend(units: number): void {
  left -= units;
  if (left < 0) throw new WorkSpent();
}

/** One turn over a value: it is scanned, transformed or searched. */
export function spendOn(value: string): void {
  spend(value.length + wafRunLimits.workPerTurn);
}
