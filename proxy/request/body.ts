// What a request says about its body before a byte of it has come: refused when it declares too much or expects what is
// not offered; a client that waits for permission (`Expect: 100-continue`) is remembered until somebody reads.

import type { Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';

export function boundBody(exchange: Exchange): Refusal | undefined {
  const { head } = exchange;
  if (head.contentLength > exchange.bodyBytesMax)
    return { code: 'body-too-large', error: `${head.contentLength} bytes declared` };
  if (head.expects === 'nothing' || head.minor === 0) return undefined; // RFC 9110 section 10.1.1: HTTP/1.0 expects nothing
  if (head.expects === 'unknown') return { code: 'expectation-unknown' };
  exchange.isContinueOwed = true;
  return undefined;
}

/** Somebody reads the body now. Once it has begun to come, permission is no longer waited for. */
export function grantContinue(exchange: Exchange): void {
  if (!exchange.isContinueOwed) return;
  exchange.isContinueOwed = false;
  const { body, outlet } = exchange.client;
  if (!body.isDone && body.bytesRead === 0) outlet.send(goOn);
}

const goOn = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
