// Values of the headers that frame a message, read the same way in requests and replies.

/** A plain decimal number below 2^53 in `bytes[start, end)`, else -1: no sign, no blank, no list, nothing empty. */
export function decimalOf(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > digitsMax) return -1;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = 10 * number + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : -1;
}

const digitsMax = 16; // 2^53 has 16

export interface ConnectionOptions {
  readonly closes: boolean;
  readonly names: readonly string[]; // in lower case, without `close` and `keep-alive`
}

const keepsOpen: ConnectionOptions = { closes: false, names: [] };
const closesIt: ConnectionOptions = { closes: true, names: [] };

/** The options of one `Connection` header, or `undefined` if it is malformed or names what frames the message. */
export function connectionOptions(value: string): ConnectionOptions | undefined {
  if (value === 'keep-alive' || value === 'Keep-Alive') return keepsOpen;
  if (value === 'close') return closesIt;
  const words = value
    .toLowerCase()
    .split(',')
    .map((word) => word.replace(blanksAround, ''));
  const options = words.filter((word) => word !== '');
  if (!options.every((word) => token.test(word) && !unnameable.has(word.replaceAll('_', '-')))) return undefined;
  return {
    closes: options.includes('close'),
    names: options.filter((word) => word !== 'close' && word !== 'keep-alive'),
  };
}

const blanksAround = /^[\t ]+|[\t ]+$/g;
const token = /^[\w!#$%&'*+.^`|~-]+$/;

// Removed on request, they would leave a message that frames or routes differently from what was judged.
const unnameable = new Set(['host', 'content-length', 'transfer-encoding']);
