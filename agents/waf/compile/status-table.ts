// SecAuditLogRelevantStatus as a table: the expression is asked once for each status from 100 to 599 when the rules are
// loaded. So what it costs is known, and the recommended file of ModSecurity, whose expression looks ahead, loads.

import { compileExpression } from './regex.ts';

const [first, last] = [100, 599];

/** Whether a status is relevant, or what the value must be. */
export function statusTable(source: string): ((status: number) => boolean) | string {
  const expression = compileExpression(source);
  if (!('test' in expression)) return `an expression on a status such as ^5; ${expression.fault}`;
  const relevant = new Set<number>();
  for (let status = first; status <= last; status += 1) {
    if (expression.test(String(status))) relevant.add(status);
  }
  return (status) => relevant.has(status);
}
