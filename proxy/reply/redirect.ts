// The answer of a route that redirects: a status and a Location (request/location.ts), and no body, given when the
// request's own body has been read to its end.

import type { Exchange } from '../exchange.ts';
import { sendAnswer } from './answer.ts';
import { afterBody } from './builtin.ts';
import { refuse } from './refuse.ts';

export const replyRedirect: (exchange: Exchange) => void = afterBody((exchange) => {
  const redirect = exchange.route?.redirect;
  const location = redirect?.locationFor(exchange);
  if (redirect === undefined || location === undefined)
    return refuse(exchange, { code: 'head-malformed', error: 'no-host' });
  sendAnswer(exchange, { status: redirect.status, type: undefined, headers: [['Location', location]], body: '' });
});
