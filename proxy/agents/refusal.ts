// What the trunk does when agents do not let an exchange go on: the refusal with the agent's own answer, the place it sends
// the client to, the challenge page, or, where an agent that must answer did not, 503. It refuses to let a challenge pass
// as an allowance: one that cannot be put is answered all the same.

import type { Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';
import type { Stop } from './inquiry.ts';

export function refusalOf(exchange: Exchange, stop: Stop): Refusal {
  if (stop.kind === 'unavailable') return { code: 'agent-unavailable', error: `agent ${stop.agent}: ${stop.detail}` };
  const { agent, decision, reason } = stop;
  const error = reason === undefined ? `agent ${agent}` : `agent ${agent}: ${reason}`;
  switch (decision.type) {
    case 'block': {
      const { status, body, headers } = decision;
      return { code: 'agent-blocked', error, answer: { status, body, headers } };
    }
    case 'redirect':
      return redirected(decision.status, decision.url, 'agent-blocked', error);
    case 'challenge': {
      const { url } = decision.params;
      if (url !== undefined && isUrl.test(url)) return redirected(302, url, 'challenged', error);
      return { code: 'challenged', error, answer: exchange.worker.challenges.answer(exchange) };
    }
  }
}

/** A redirect is a refusal that says where to go instead. */
function redirected(status: number, url: string, code: 'agent-blocked' | 'challenged', error: string): Refusal {
  return { code, error, answer: { status, body: undefined, headers: [['Location', url]] } };
}

const isUrl = /^(?:https?:\/\/|\/(?!\/))[\x21-\x7e]{1,8000}$/;
