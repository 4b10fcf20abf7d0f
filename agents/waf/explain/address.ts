// What a request that is to be explained is made of, and the address in it: host and target as they were written, since
// what is odd about them is what rules look at. It refuses to decode or to mend anything.

export interface AskedRequest {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: string | undefined; // bytes
}

export type Asked = AskedRequest | { readonly problem: string };

export const commonHeaders = [
  ['User-Agent', 'curl/8.5.0'],
  ['Accept', '*/*'],
] as const;

export type UrlParts = { readonly host: string; readonly target: string; readonly user: string | undefined };

/** As they were written: nothing is decoded, or made right. A path alone is one of localhost. */
export function urlParts(url: string): UrlParts | { readonly problem: string } {
  const bytes = Buffer.from(url, /[^\0-\xff]/.test(url) ? 'utf8' : 'latin1').toString('latin1');
  if (bytes.startsWith('/')) return { host: 'localhost', target: bytes, user: undefined };
  const [, user, host, rest = ''] =
    /^(?:([^/?#@]*)@)?([^/?#@\s]+)([^#]*)/.exec(bytes.replace(/^https?:\/\//i, '')) ?? [];
  if (host === undefined || bytes === '') return { problem: `'${url}' is no address of a page` };
  return { host, target: rest.startsWith('/') ? rest : `/${rest}`, user };
}
