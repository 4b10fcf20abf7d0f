// Rewrites: what the upstream is asked for instead of what the client wrote. Built from the normalised path, so what is
// forwarded is what was matched; encoded again and normalised again afterwards, so a replacement can never make a target
// that our own parser would refuse, nor one that begins with `//`. It is compiled once, when the route is made.

import RE2 from 're2';
import { partsOf } from '#config/expression';
import { isUnder } from '#config/route-order';
import { encodePath } from '#config/route-path';
import type { RouteConfig } from '#config/schema';
import { type Normalized, normalizePath } from './normal-path.ts';

export class Rewrite {
  /** The Host that the upstream sees; `undefined`: the client's. */
  readonly host: string | undefined;
  readonly changesPath: boolean;
  readonly #stripped: string | undefined;
  readonly #pattern: RE2 | undefined;
  readonly #replacement: ReadonlyArray<string | number>;
  readonly #prefix: string;

  constructor({ stripPrefix, pathRegex, to = '', addPrefix = '', host }: NonNullable<RouteConfig['rewrite']>) {
    this.host = host;
    this.changesPath = (stripPrefix ?? pathRegex) !== undefined || addPrefix !== '';
    this.#stripped = stripPrefix;
    this.#pattern = pathRegex === undefined ? undefined : new RE2(pathRegex, 'u');
    this.#replacement = partsOf(to);
    this.#prefix = addPrefix;
  }

  /** `*` is no path and stays. */
  path(path: string): Normalized {
    if (path === '*') return { ok: true, path };
    const changed = encodePath(`${this.#prefix}${rooted(this.#replace(this.#strip(path)))}`);
    const normalized = normalizePath(changed);
    return normalized.ok ? { ok: true, path: rooted(normalized.path) } : normalized; // `/a/..//b` is `//b` by now
  }

  #strip(path: string): string {
    const stripped = this.#stripped;
    return stripped !== undefined && isUnder(path, stripped) ? path.slice(stripped.length) : path;
  }

  #replace(path: string): string {
    const found = this.#pattern?.exec(path);
    if (found === null || found === undefined) return path;
    const put = this.#replacement.map((part) => (typeof part === 'number' ? (found[part] ?? '') : part)).join('');
    return `${path.slice(0, found.index)}${put}${path.slice(found.index + found[0].length)}`;
  }
}

/** With one slash in front, whatever was there. */
function rooted(path: string): string {
  return `/${path.replace(/^\/+/, '')}`;
}
