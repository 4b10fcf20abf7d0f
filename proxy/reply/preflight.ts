// The answer to a preflight of CORS: 204, with what request/cors.ts put on the exchange, and no body. An origin that may
// nothing gets the same without those headers, which is how a browser understands a no.

import type { Exchange } from '../exchange.ts';
import { sendAnswer } from './answer.ts';
import { afterBody } from './builtin.ts';

export const replyPreflight: (exchange: Exchange) => void = afterBody((exchange) =>
  sendAnswer(exchange, { status: 204, type: undefined, headers: [], body: '' }),
);
