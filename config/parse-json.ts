// JSON that others wrote: lines of children, messages of processes, files that a full disk may have torn. Whoever reads
// it narrows the value; a text that is no JSON is a value, too, and no exception.

/** `undefined`, which no JSON text has, for a text that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
