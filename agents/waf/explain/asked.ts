// A request that is to be explained, in whatever form it was given: a curl command line, the bytes of a request, or a
// method and an address. All of them become the head and the body that the engine takes. Nothing is sent, no file is read.

import { type Asked, commonHeaders, urlParts } from './address.ts';
import { requestFromCurl } from './curl.ts';

export type Given =
  | { readonly kind: 'words'; readonly words: readonly string[] } // `curl …` in one word or in several, METHOD URL, URL
  | { readonly kind: 'raw'; readonly base64: string };

export function askedRequest(given: Given): Asked {
  if (given.kind === 'raw') return requestFromBytes(Buffer.from(given.base64, 'base64').toString('latin1'));
  const [first = '', second, ...more] = given.words;
  if (/^\s*curl(?:\s|$)/.test(first)) return requestFromCurl(given.words);
  if (more.length > 0) return { problem: `there is no place for '${more[0]}': a curl command is quoted as one word` };
  return second === undefined ? requestFor(...methodAndUrl(first)) : requestFor(first, second);
}

/** `GET https://…` in one word, too. */
function methodAndUrl(text: string): [method: string, url: string] {
  const [, method, url] = /^\s*([A-Za-z]+)\s+(\S.*)$/.exec(text) ?? [];
  return method === undefined || url === undefined ? ['GET', text.trim()] : [method, url];
}

function requestFor(method: string, url: string): Asked {
  const parts = urlParts(url);
  if ('problem' in parts) return parts;
  const headers = [['Host', parts.host], ...commonHeaders] as const;
  return { method: method.toUpperCase(), target: parts.target, protocol: 'HTTP/1.1', headers, body: undefined };
}

/** A request as it stands in a file. Lines may end as in HTTP or as in files; behind the empty line is the body. */
export function requestFromBytes(text: string): Asked {
  const border = /\r?\n\r?\n/.exec(text);
  const head = border === null ? text.replace(/\r?\n$/, '') : text.slice(0, border.index);
  const body = border === null ? '' : text.slice(border.index + border[0].length);
  const [line = '', ...headerLines] = head.split(/\r?\n/);
  const [, method, target, protocol] = /^(\S+) (.*?)(?: (HTTP\/\S+))?$/.exec(line) ?? [];
  if (method === undefined || target === undefined)
    return { problem: `'${line.slice(0, 60)}' is no request line, such as: GET /path HTTP/1.1` };
  const headers: Array<readonly [string, string]> = [];
  for (const text of headerLines) {
    const colon = text.indexOf(':');
    if (colon < 1) return { problem: `'${text.slice(0, 60)}' is no header, such as: Host: shop.example` };
    headers.push([text.slice(0, colon), text.slice(colon + 1).trim()]);
  }
  return { method, target, protocol: protocol ?? 'HTTP/1.1', headers, body: body === '' ? undefined : body };
}
