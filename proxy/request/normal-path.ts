// The one form of a path: percent-encoded unreserved characters become themselves, dot segments go, encoded slashes and
// `//` stay. What cannot be decoded without doubt is a fault, because two readers would see two paths. Text only.

import type { Fault } from '../http1/faults.ts';

export type Normalized = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly fault: Fault };

/** `path` without query. */
export function normalizePath(path: string): Normalized {
  if (isPlain(path)) return { ok: true, path };
  if (path === '*') return { ok: true, path };
  if (malformedEscape.test(path) || doubtful.test(path)) return { ok: false, fault: 'bad-path' };
  const decoded = path.replace(escaped, (written, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return unreserved.test(character) ? character : written.toUpperCase();
  });
  return withoutDotSegments(decoded);
}

const escaped = /%([0-9A-Fa-f]{2})/g;
const malformedEscape = /%(?![0-9A-Fa-f]{2})/;
const unreserved = /[A-Za-z0-9._~-]/;

// A backslash is a slash to some, NUL an end to some, and `..;` is `..` to servlet containers.
const doubtful = /\\|%5c|%00|(?:^|\/)(?:\.|%2e){1,2}(?:;|%3b)/i;

/** The usual path: nothing to decode, no segment that begins with a dot. */
function isPlain(path: string): boolean {
  return path.charCodeAt(0) === 0x2f && !path.includes('%') && !path.includes('/.') && !path.includes('\\');
}

/** RFC 3986 section 5.2.4, but leaving the root is a fault. */
function withoutDotSegments(path: string): Normalized {
  const segments: string[] = [];
  const given = path.split('/').slice(1);
  for (const [index, segment] of given.entries()) {
    const isLast = index === given.length - 1;
    if (segment === '..') {
      if (segments.length === 0) return { ok: false, fault: 'path-above-root' };
      segments.pop();
    }
    if (segment !== '..' && segment !== '.') segments.push(segment);
    else if (isLast) segments.push('');
  }
  return { ok: true, path: `/${segments.join('/')}` };
}
