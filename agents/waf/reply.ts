// From a verdict to what the proxy is answered: the status and nothing else for the client, the rules, the score and the
// tags for the logs. It refuses to let a verdict through that it does not know.

import { allow, block, redirect } from '#agent';
import { wireLimits } from '#config/limits';
import type { AgentReply, Audit, RedirectStatus } from '#protocol/message';
import type { Verdict } from './engine.ts';

/** Nothing to say: most requests. */
const silent = allow();

export function replyTo(verdict: Verdict): AgentReply {
  const { kind, status, location, ruleId, reason } = verdict;
  if (kind === 'pass')
    return verdict.ruleIds.length === 0 && !verdict.isUnfinished
      ? silent
      : allow({ audit: { ...auditOf(verdict), tags: [] } }); // tags go to each access line
  if (kind === 'redirect' && location !== undefined)
    return redirect(location, redirectStatus(status), auditOf(verdict));
  return block(status ?? 403, {
    ...(reason === undefined ? {} : { reason: cut(reason) }),
    ...(ruleId === undefined ? {} : { ruleId: String(ruleId) }),
    audit: auditOf(verdict),
  });
}

export function auditOf({ ruleIds, tags, score, isUnfinished }: Verdict): Audit {
  return {
    tags: tags.slice(0, wireLimits.auditItemsMax).map(cut),
    ruleIds: ruleIds.slice(0, wireLimits.auditItemsMax).map(String),
    reasonCodes: isUnfinished ? ['work-budget'] : [],
    confidence: undefined,
    custom: score === undefined && !isUnfinished ? {} : { score: score ?? 0 },
  };
}

/** What a client sent may stand in a text, and no text on the wire holds a NUL. */
const cut = (text: string): string => text.replaceAll('\0', '\\0').slice(0, wireLimits.textCharactersMax);

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

function redirectStatus(status: number | undefined): RedirectStatus {
  return status !== undefined && redirectStatuses.includes(status) ? (status as RedirectStatus) : 302;
}
