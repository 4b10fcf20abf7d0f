// A key with a block of its own whose keys belong to the block that it stands in: `type "http" { path "/" }` says the same
// as `type "http"; path "/"`. Taken apart before keys are sorted, so that duplicates and unknown words are found as ever.
// Only keys that the language marks (`opens`). It refuses to judge what is in the block.

import type { z } from 'zod';
import { fieldOf } from './field.ts';
import type { Node } from './parse.ts';

export function opened(entry: Node, type: unknown): readonly Node[] {
  if (entry.children === undefined || type === undefined || fieldOf(type as z.ZodType).opens !== true) return [entry];
  return [{ ...entry, children: undefined }, ...entry.children];
}
