// A mistake of ours while a rule ran. No input should be able to cause one; if it happens, the transaction ends, and who
// asked is told which rule it was. Whether the request passes then is the caller's failure mode, not decided here.

export class RuleFault extends Error {
  readonly ruleId: number;

  constructor(ruleId: number, cause: unknown) {
    super(`rule ${ruleId} could not be evaluated: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'RuleFault';
    this.ruleId = ruleId;
  }
}
