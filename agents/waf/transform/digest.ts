// `md5` and `sha1`: the digest's raw bytes (CRS writes `t:sha1,t:hexEncode`). They serve to compare, not to protect.

import { createHash } from 'node:crypto';
import type { Transformation } from '../compile/rule-set.ts';

export const md5: Transformation = digest('md5');
export const sha1: Transformation = digest('sha1');

function digest(name: 'md5' | 'sha1'): Transformation {
  return { name, apply: (value) => createHash(name).update(value, 'latin1').digest('latin1') };
}
