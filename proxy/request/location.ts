// Where a redirect leads: the Location is built from the parts of the request as they were understood, never copied from
// it. What does not belong into a URL is percent-encoded, and a Location never begins with `//`, which browsers read as
// another host: so no path can lead a client away. The template is split once, when the route is made.

import { encodePath, encodeQuery } from '#config/route-path';
import type { RouteConfig } from '#config/schema';

/** What of a request a Location may repeat. */
export interface Redirected {
  readonly host: string; // in lower case, without port; empty if the client named none
  readonly path: string; // normalised
  readonly target: string; // with the query
}

export class Redirect {
  readonly status: number;
  readonly #parts: readonly string[];
  readonly #needsHost: boolean;

  constructor({ to, status }: NonNullable<RouteConfig['redirect']>) {
    this.status = status;
    this.#parts = to.split(/(\{(?:host|path|query)\})/);
    this.#needsHost = to.includes('{host}');
  }

  /** `undefined` if it needs a host and the client named none, as only HTTP/1.0 allows. */
  locationFor(request: Redirected): string | undefined {
    if (this.#needsHost && request.host === '') return undefined;
    let location = '';
    for (const part of this.#parts) location += this.#filled(part, request, location);
    return location.startsWith('//') ? location.replace(/^\/+/, '/') : location;
  }

  #filled(part: string, { host, path, target }: Redirected, before: string): string {
    if (part === '{host}') return host;
    if (part === '{path}') return path === '*' ? '/' : encodePath(path);
    return part === '{query}' ? queryOf(target, before) : part;
  }
}

/** With `?`, or with `&` behind a query that the template has begun; nothing if there is no query. */
function queryOf(target: string, before: string): string {
  const query = target.includes('?') ? encodeQuery(target.slice(target.indexOf('?') + 1)) : '';
  if (query === '') return '';
  return before.includes('?') ? `&${query}` : `?${query}`;
}
