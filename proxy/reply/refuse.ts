// How an exchange is refused: the only place that turns a `Refusal` into bytes. A reply that has begun cannot be taken
// back, so it is cut, and the client sees that it is not whole.

import { closeExchange, leaveUpstream } from '../close-exchange.ts';
import type { Exchange } from '../exchange.ts';
import { headerIds } from '../http1/header-names.ts';
import { sendAnswer } from './answer.ts';
import { errorPage } from './error-page.ts';
import { type Refusal, type RefusalCode, refusals } from './refusals.ts';

export function refuse(exchange: Exchange, refusal: Refusal): void {
  if (exchange.isClosed) return;
  leaveUpstream(exchange);
  const { code, error } = refusal;
  exchange.refusal = code;
  exchange.error = error;
  if (exchange.isReplyBegun) return cutReply(exchange);
  const [usualStatus, sentence] = refusals[code];
  const status = refusal.answer?.status ?? usualStatus;
  const accept = exchange.head.lines.valueOf(headerIds.accept);
  const page = errorPage({ status, sentence, id: exchange.id }, accept, exchange.route?.errorPages);
  if (endsConnection.has(code)) exchange.keepsClient = false;
  if (refusal.answer === undefined) {
    const headers = status === 503 ? retryLater : [];
    return sendAnswer(exchange, { status, headers, ...page });
  }
  const { body, headers } = refusal.answer;
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  const type = hasType ? undefined : body === undefined ? page.type : 'text/plain; charset=utf-8';
  sendAnswer(exchange, { status, headers, type, body: body ?? page.body });
}

function cutReply(exchange: Exchange): void {
  exchange.keepsClient = false;
  exchange.client.cut();
  closeExchange(exchange);
}

const retryLater = [['Retry-After', '1']] as const;

/** After these nobody knows where the next request would begin, or the client has shown that it takes too much. */
const endsConnection: ReadonlySet<RefusalCode> = new Set([
  'head-malformed',
  'body-malformed',
  'target-too-long',
  'head-too-large',
  'header-timeout',
  'body-timeout',
  'body-too-large',
  'internal',
]);
