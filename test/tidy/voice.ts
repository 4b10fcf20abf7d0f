// The project speaks of itself alone: no path of somebody's machine, no word about the tools it was written with.
// What others call themselves in lists of user agents is data, so waf-rules/ is left out, and package-lock.json too.
// The patterns below are written so that they do not match themselves.

import { lineAt } from './scan.ts';
import type { Problems, TextFile } from './tree.ts';

const machinePath = /(?<![\w.-])\/(?:work|root|home\/[a-z][\w-]*)\//g;
const tools =
  /\b(?:Chat(?:)GPT|Cla(?:)ude|Open(?:)AI|Anth(?:)ropic|Co(?:)pilot|L(?:)LMs?|language[ ]models?|AI[ -](?:assistant|session|generated)|sub-?agents?|co-?founders?)\b/gi;

export function voiceProblems(tree: readonly TextFile[]): Problems {
  return tree
    .filter((file) => !file.path.startsWith('waf-rules/') && file.path !== 'package-lock.json')
    .flatMap((file) => [
      ...found(file, machinePath, 'a path of one machine; use a relative path or one every system has'),
      ...found(file, tools, 'the project speaks of itself alone; leave the word out'),
    ]);
}

const found = (file: TextFile, pattern: RegExp, instead: string): Problems =>
  [...file.text.matchAll(pattern)].map(
    (match) => `${file.path}:${lineAt(file.text, match.index)}: '${match[0]}': ${instead}`,
  );
