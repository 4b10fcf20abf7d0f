// What is answered to a request that is denied: a block, a redirect or a challenge, as the configuration says. The
// shaping decision: which rule denied goes to the logs with every one of them, and never to the client. It refuses
// nothing: what it is given has been checked.

import { block, challenge, redirect } from '#agent';
import type { AgentReply } from '#protocol/message';
import type { Denial } from './judge.ts';
import type { Action } from './model.ts';

export function answerTo({ ruleId, reason }: Denial, act: Action): AgentReply {
  const audit = { ruleIds: [ruleId], reasonCodes: [reason] };
  if (act.action === 'redirect' && act.redirectUrl !== undefined) return redirect(act.redirectUrl, 302, audit);
  if (act.action === 'challenge') return challenge(act.challengeType, {}, audit);
  return block(act.status, { reason, ruleId, ...(act.body !== undefined && { body: act.body }) });
}
