// A value as the bytes that RE2 reads: its code points in UTF-8. The shaping decision: values of some KB are written into
// one buffer that all share, and the view of each length is made once, since a buffer or a view for each value would cost
// as much as the search. So whoever asked must be done with the bytes before the next one asks, and must not keep them:
// what RE2 returns are copies. Longer values have a view made for them, and the longest a buffer of their own.

const sharedBytes = 128 * 1024;
const viewsMax = 8192; // kept, at 100 bytes each

const shared = Buffer.allocUnsafeSlow(sharedBytes);
const views: (Buffer | undefined)[] = Array.from({ length: viewsMax }, () => undefined); // by length

/** The last one is kept: a value meets many expressions in a row. */
let lastValue = '';
let lastBytes: Buffer = shared.subarray(0, 0);

export function bytesForRe2(value: string): Buffer {
  if (value === lastValue) return lastBytes;
  // A byte of a value is two of UTF-8 at most.
  lastBytes = 2 * value.length > sharedBytes ? Buffer.from(value, 'utf8') : viewOf(shared.write(value));
  lastValue = value;
  return lastBytes;
}

function viewOf(length: number): Buffer {
  const known = views[length];
  if (known !== undefined) return known;
  const made = shared.subarray(0, length);
  if (length < viewsMax) views[length] = made;
  return made;
}
