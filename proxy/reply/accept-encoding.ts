// Which of the compressed forms that lie beside a file a client takes (RFC 9110 section 12.5.3), as one small number, so
// that there are eight kinds of clients at most. Between two that it takes, ours is the choice: the smaller first. Pure.

import { fileLimits } from '#config/limits';

export interface Encoding {
  readonly bit: number;
  readonly name: string; // in Content-Encoding
  readonly suffix: string;
}

/** The best first. */
export const encodings: readonly Encoding[] = [
  { bit: 1, name: 'br', suffix: '.br' },
  { bit: 2, name: 'zstd', suffix: '.zst' },
  { bit: 4, name: 'gzip', suffix: '.gz' },
];

/** The bits of those that are accepted. */
export function acceptedEncodings(header: string | undefined): number {
  if (header === undefined) return 0;
  let [accepted, refused, others] = [0, 0, false];
  for (const part of header.toLowerCase().split(',', fileLimits.acceptedEncodingsMax)) {
    const [name = '', ...parameters] = part.split(';').map((one) => one.trim());
    const isWanted = !parameters.some((one) => /^q=0(?:\.0{0,3})?$/.test(one));
    if (name === '*') others = isWanted;
    const bit = bitOf(name);
    if (isWanted) accepted |= bit;
    else refused |= bit;
  }
  return others ? 7 & ~refused : accepted & ~refused;
}

function bitOf(name: string): number {
  const plain = name === 'x-gzip' ? 'gzip' : name; // section 8.4.1.3
  return encodings.find((one) => one.name === plain)?.bit ?? 0;
}
