// The end of the asking about an exchange: nobody is waited for any more, agents that want to know are told how it went,
// and what they decided is written to the audit log. It refuses to wait for an answer.

import { writeAuditLine } from '../audit-log.ts';
import type { Exchange } from '../exchange.ts';
import type { CallWaiter } from './call.ts';
import { requestCompleteEvent } from './events.ts';

const nobody: CallWaiter = { onAnswer: () => undefined };

export function closeInquiry(exchange: Exchange, durationMs: number): void {
  const { inquiry, route, askedPlan, worker } = exchange;
  inquiry?.close();
  const plan = askedPlan ?? route?.agents;
  for (const { agent } of plan?.groups.log.flat() ?? [])
    if (agent.link.takes('log')) agent.ask('log', requestCompleteEvent(exchange, durationMs), nobody);
  if (inquiry !== undefined && inquiry.notes.length > 0 && worker.auditLines !== undefined)
    writeAuditLine(worker.auditLines, exchange, inquiry.notes);
}
