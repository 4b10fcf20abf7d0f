// JSON in UTF-8, read strictly: the one place where bytes of the other side become a JavaScript value in version 1 and
// in the JSON encoding of version 2. It refuses bytes that are not UTF-8 and a byte order mark; it throws nothing.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value, or `undefined`, which no JSON text has. */
export function decodeJson(bytes: Buffer, at: number, end: number): unknown {
  try {
    return JSON.parse(utf8.decode(bytes.subarray(at, end)));
  } catch {
    return undefined;
  }
}
