// The part of a file that a `Range` asks for (RFC 9110 section 14). One range is served; of several the whole file is,
// which section 14.2 allows: answers in many parts are how a request of 8 KB once made servers send gigabytes, and
// players and download managers ask for one. Pure.

export interface Part {
  readonly start: number;
  readonly end: number; // behind the last byte
}

/** `whole`: the header says nothing that is understood, so it is as if it were not there. */
export type Ranged = Part | 'whole' | 'unsatisfiable';

export function partOf(range: string, size: number): Ranged {
  const [, first = '', last = ''] = form.exec(range) ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') return suffixOf(Number(last), size);
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return 'whole'; // section 14.1.1: invalid
  return start < size ? { start, end } : 'unsatisfiable';
}

const form = /^bytes=[\t ]*(\d{0,15})-(\d{0,15})[\t ]*$/i;

function suffixOf(length: number, size: number): Ranged {
  if (length === 0 || size === 0) return 'unsatisfiable';
  return { start: Math.max(0, size - length), end: size };
}
