// A request target as the denylist compares it. The shaping decision: what is compared is what a server would make of
// the target, so `/%61dmin`, `//admin/` and `/x/../admin` are all `/admin`; encoding is undone once, since a server
// undoes it once. It refuses to fail: a broken escape stays as it is written, and is still compared.

export interface Target {
  readonly path: string; // decoded, without empty, `.` and `..` segments, without a final slash
  readonly decodedPath: string; // decoded only: traversal is visible here
  readonly query: string; // decoded, `+` as a space
}

export function readTarget(uri: string): Target {
  const withoutOrigin = uri.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, ''); // absolute-form, RFC 9112, section 3.2.2
  const mark = withoutOrigin.indexOf('?');
  const rawPath = mark === -1 ? withoutOrigin : withoutOrigin.slice(0, mark);
  const rawQuery = mark === -1 ? '' : withoutOrigin.slice(mark + 1);
  const decodedPath = decode(rawPath);
  return { path: normalizePath(decodedPath), decodedPath, query: decode(rawQuery.replaceAll('+', ' ')) };
}

/** The form in which paths are compared; a configured path is brought into it too. */
export function normalizePath(decodedPath: string): string {
  const segments: string[] = [];
  for (const segment of decodedPath.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** Undoes percent-encoding, run by run, so one broken escape does not hide the others. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeRun);
}

function decodeRun(run: string): string {
  return Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'); // bytes that are not UTF-8 become U+FFFD
}
