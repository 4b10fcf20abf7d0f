// The body of a refusal: short and plain, HTML for browsers, JSON for programs that ask for it, with the request's id
// for whoever is asked about it, and nothing about the inside.

import { STATUS_CODES } from 'node:http';

export interface ErrorPage {
  readonly type: string;
  readonly body: string;
}

/** `accept` is the request's own; `sentence` and `id` are ours, so nothing needs escaping. */
export function errorPage(status: number, sentence: string, id: string, accept: string | undefined): ErrorPage {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  if (accept?.includes('application/json') === true) {
    return { type: 'application/json', body: `${JSON.stringify({ status, error: sentence, request_id: id })}\n` };
  }
  if (accept?.includes('text/html') === true) {
    const body = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${sentence}</p><p><small>Request ${id}</small></p>\n`;
    return { type: 'text/html; charset=utf-8', body };
  }
  return { type: 'text/plain; charset=utf-8', body: `${title}\n${sentence}\nRequest ${id}\n` };
}
