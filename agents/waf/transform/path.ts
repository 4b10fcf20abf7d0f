// `normalizePath` and `normalizePathWin`: repeated slashes, self references and back references go. The shaping decision:
// one pass that writes behind itself and takes back what `..` undoes, in the steps of ModSecurity 2.9, whose results for
// odd paths (`a../b`, `..` above the start) CRS's tests rest on. It refuses to
// decode, and one defect of the reference: for Windows it leaves a backslash that stands behind a run of slashes.

import type { Transformation } from '../compile/rule-set.ts';
import { bytesOf, textOf } from './scratch.ts';

const slash = 0x2f;
const dot = 0x2e;

export const normalizePath: Transformation = { name: 'normalizePath', apply: (value) => normalise(value, false) };
export const normalizePathWin: Transformation = { name: 'normalizePathWin', apply: (value) => normalise(value, true) };

interface Walk {
  readonly bytes: Buffer; // read ahead of `to`, written before it
  readonly end: number; // of the last byte
  readonly isRelative: boolean;
  from: number;
  to: number;
  hasHitRoot: boolean; // a relative path has gone above its start
}

function normalise(value: string, isWindows: boolean): string {
  const text = isWindows ? value.replaceAll('\\', '/') : value;
  if (!mayChange(text)) return text;
  const bytes = bytesOf(text);
  const end = text.length - 1;
  const isRelative = bytes[0] !== slash;
  const walk: Walk = { bytes, end, isRelative, from: 0, to: 0, hasHitRoot: false };
  do copyInside(walk);
  while (walk.from <= end && step(walk) === 'on');
  const addedSlash = bytes[walk.to - 1] === slash && !endsWithSlash(text);
  return textOf(bytes, addedSlash ? walk.to - 1 : walk.to);
}

const endsWithSlash = (text: string): boolean => text.charCodeAt(text.length - 1) === slash;

/** Only a run of slashes and a segment that ends with a dot do. */
const mayChange = (text: string): boolean =>
  text.includes('//') || text.includes('./') || text.charCodeAt(text.length - 1) === dot;

/** Bytes that neither are a slash nor stand before one, nor are the last. */
function copyInside(walk: Walk): void {
  const { bytes, end } = walk;
  let { from, to } = walk;
  while (from < end && bytes[from] !== slash && bytes[from + 1] !== slash) bytes[to++] = bytes[from++] as number;
  if (from === walk.from) return;
  walk.from = from;
  walk.to = to;
}

/** One byte; at the end of a segment, what the segment asks for. */
function step(walk: Walk): 'done' | 'on' {
  const { bytes, from, end } = walk;
  const isLast = from === end;
  if ((isLast || bytes[from + 1] === slash) && (isLast || bytes[from] !== slash)) {
    if (bytes[from] === dot) {
      const outcome = endOfDots(walk, isLast);
      if (outcome !== 'copy') return outcome;
    } else if (walk.to > 0) walk.hasHitRoot = false;
  }
  copyOne(walk);
  return isLast ? 'done' : 'on';
}

/** A segment that ends with a dot: a back reference, a self reference, or a name. `done`: nothing is left to copy. */
function endOfDots(walk: Walk, isLast: boolean): 'done' | 'on' | 'copy' {
  const { bytes } = walk;
  if (walk.to > 0 && bytes[walk.to - 1] === dot) {
    if (walk.isRelative && (walk.hasHitRoot || walk.to - 2 <= 0)) {
      walk.hasHitRoot = true;
      return 'copy';
    }
    goBack(walk, isLast);
  } else if (walk.to > 0 && bytes[walk.to - 1] === slash) {
    if (!isLast) walk.to -= 1;
  } else if (walk.to > 0) return 'copy';
  if (isLast) return 'done';
  walk.from += 1;
  copyOne(walk);
  return 'on';
}

/** Takes the segment before the back reference away, never the first slash. */
function goBack(walk: Walk, isLast: boolean): void {
  walk.to -= 3;
  while (walk.to > 0 && walk.bytes[walk.to] !== slash) walk.to -= 1;
  if (walk.to > 0) return;
  walk.hasHitRoot = true;
  walk.to = !walk.isRelative && isLast ? 1 : 0;
}

/** Of a run of slashes the last one; none at the start of a relative path. */
function copyOne(walk: Walk): void {
  const { bytes, end } = walk;
  if (bytes[walk.from] === slash) {
    while (walk.from < end && bytes[walk.from + 1] === slash) walk.from += 1;
    if (walk.isRelative && walk.to === 0) {
      walk.from += 1;
      return;
    }
  }
  bytes[walk.to] = bytes[walk.from] ?? 0;
  walk.to += 1;
  walk.from += 1;
}
