// From the path of a request to the name of a file below a root. Text only, nothing is asked of the system, and nothing is
// repaired: a path that a file system could read in another way than we do names no file. What symbolic links make of
// the name is judged on the file that was opened (static-root.ts).

/** The name below the root, with `/` in front, decoded; `undefined` if the path names no file. */
export function fileNameOf(path: string, showsDotfiles: boolean): string | undefined {
  if (path.charCodeAt(0) !== 0x2f) return undefined; // `*`
  const name = path.includes('%') ? decoded(path) : path;
  if (name === undefined || unnameable.test(name)) return undefined;
  return name.includes('/.') && !isShown(name, showsDotfiles) ? undefined : name;
}

/** An encoded slash would be one segment to the matcher and two to the file system. */
function decoded(path: string): string | undefined {
  if (/%(?:2f|5c|00)/i.test(path)) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // no UTF-8
  }
}

// Control bytes and backslashes are in no file's name that anybody means; `//` would be a second address of one file.
const unnameable = /[\u0000-\u001f\u007f\\]|\/\//;

/** `.well-known` is there to be seen (RFC 8615). */
function isShown(name: string, showsDotfiles: boolean): boolean {
  const segments = name.split('/').slice(1);
  return segments.every((segment, index) => {
    if (!segment.startsWith('.')) return true;
    if (segment === '.' || segment === '..') return false;
    return showsDotfiles || (index === 0 && segment === '.well-known');
  });
}
