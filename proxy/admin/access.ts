// Who may look at the admin side. Nothing can be changed there, so what is to be kept out is reading by the wrong people:
// strangers on the network, who need the token, and web pages in the browser of somebody who may. A page of another site
// may send requests to 127.0.0.1, and by a name that it makes point there (DNS rebinding) it could read the answers: so on
// loopback only names of loopback are answered to, and requests that a browser marks as another site's are refused.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Secret } from '#config/secret';
import { isLoopback, parseAddress } from '#config/value';

export interface Refused {
  readonly status: 401 | 403;
  readonly words: string;
}

export class AdminAccess {
  readonly #token: Secret | undefined;
  readonly #hosts: ReadonlySet<string> | undefined; // undefined: whatever the client calls us

  constructor(address: string, token: Secret | undefined) {
    this.#token = token;
    const parsed = parseAddress(address);
    const isLocal = parsed?.kind === 'tcp' && isLoopback(parsed);
    this.#hosts = isLocal ? new Set([...localNames, parsed.host.toLowerCase()]) : undefined;
  }

  /** Why not; `undefined`: it may. */
  refusal(headers: IncomingHttpHeaders): Refused | undefined {
    if (this.#hosts !== undefined && !this.#hosts.has(hostOf(headers.host ?? '')))
      return { status: 403, words: 'Ask for localhost or 127.0.0.1: this address answers to no other name.' };
    if (isOfAnotherSite(headers)) return { status: 403, words: 'This is not for the pages of other sites.' };
    if (!this.#hasToken(headers.authorization ?? ''))
      return { status: 401, words: 'This needs the token: Authorization: Bearer …, or the password of any user.' };
    return undefined;
  }

  /** Compared by digest: as long for a wrong token as for a right one, whatever its length. */
  #hasToken(authorization: string): boolean {
    if (this.#token === undefined) return true;
    return timingSafeEqual(digest(givenToken(authorization)), digest(this.#token.reveal()));
  }
}

const localNames = ['localhost', '127.0.0.1', '::1'];

/** Without its port; brackets are only around IPv6. */
function hostOf(host: string): string {
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (bracketed ?? plain).toLowerCase();
}

/** Browsers say so, and no script can change it; a link that a person follows is none of this. */
function isOfAnotherSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink;
}

/** A scraper sends the token as such; a browser can only ask a person for a name and a password. */
function givenToken(authorization: string): string {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const pair = Buffer.from(value, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
