// A mistake of ours while a rule ran. No input should be able to cause one; if it happens, the transaction ends, and who
// asked is told which rule it was, or that it was none but what reads requests. Whether the request passes then is the caller's failure mode, not decided here.

import { WorkSpent } from './work.ts';

export class RuleFault extends Error {
  readonly ruleId: number; // 0: no rule, the request could not be read

  constructor(ruleId: number, cause: unknown) {
    const what = ruleId === 0 ? 'the request could not be read' : `rule ${ruleId} could not be evaluated`;
    super(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'RuleFault';
    this.ruleId = ruleId;
  }
}

/** What went wrong while a rule ran, with its id, unless it is known already or no fault at all. */
export const faultOf = (ruleId: number, error: unknown): unknown =>
  error instanceof RuleFault || error instanceof WorkSpent ? error : new RuleFault(ruleId, error);

/** What is done between the rules; a mistake of ours there is told in the same way. */
export function guarded(step: () => void): void {
  try {
    step();
  } catch (error) {
    throw faultOf(0, error);
  }
}
