// From what was wrongly found to the SecLang that says so: for one path exactly, these rules do not look at these
// targets. The shaping decision: path and names were chosen by whoever sent the request and are written into a file of
// rules, so everything but plain characters becomes a regular expression of hexadecimal escapes, and nothing can end a
// quote, begin a macro or add an action. Pure. It refuses to judge whether the exclusion is a good idea.

import { transformationByName } from '../transform/table.ts';

export interface Excluded {
  readonly ruleId: number;
  readonly targets: readonly string[]; // none: the whole rule, on that path
}

export interface ExclusionText {
  readonly id: number;
  readonly path: string; // as rules see it: decoded, without `.` and `..`
  readonly isPrefix: boolean;
  readonly rules: readonly Excluded[];
}

/** Between those of the configuration (from 9,990,000) and everything that rules of others use. */
export const exclusionIds = { first: 9_980_001, last: 9_989_999 } as const;

export function exclusionText({ id, path, isPrefix, rules }: ExclusionText): string {
  const controls = rules.flatMap(({ ruleId, targets }) =>
    targets.length === 0
      ? [`ctl:ruleRemoveById=${ruleId}`]
      : targets.map((target) => `ctl:ruleRemoveTargetById=${ruleId};${writtenTarget(target)}`),
  );
  return `SecRule REQUEST_FILENAME "${condition(path, isPrefix)}" "id:${id},phase:1,pass,t:none,t:normalizePath,nolog,${controls.join(',')}"`;
}

/** REQUEST_FILENAME behind `t:normalizePath`: what the exclusion compares. */
export function normalisedPath(filename: string): string {
  return transformationByName('normalizePath')?.apply(filename) ?? filename;
}

/** The first id that no line of the file has. */
export function freeId(file: string): number | undefined {
  const used = new Set([...file.matchAll(/\bid:'?(\d{1,10})/g)].map(([, id]) => Number(id)));
  for (let id: number = exclusionIds.first; id <= exclusionIds.last; id += 1) if (!used.has(id)) return id;
  return undefined;
}

const plainPath = /^\/[\w/.\-~:@+*()=;&!]*$/;

function condition(path: string, isPrefix: boolean): string {
  if (plainPath.test(path)) return `${isPrefix ? '@beginsWith' : '@streq'} ${path}`;
  return `@rx ^${escaped(path)}${isPrefix ? '' : '$'}`;
}

/** `ARGS:html`, or `ARGS:/^a\x20b$/` where the name is anything but plain. */
function writtenTarget(target: string): string {
  const at = target.indexOf(':');
  if (at === -1) return target;
  const [variable, name] = [target.slice(0, at), target.slice(at + 1)];
  if (variable === 'XML') return target.replace(/[^\w/*@().:-]/g, ''); // the path is the rule's own
  return /^[\w.-]+$/.test(name) || /^[\w.-]+(?:\[\w*\])+$/.test(name) ? target : `${variable}:/^${escaped(name)}$/`;
}

const escaped = (text: string): string =>
  text
    .replace(/[^A-Za-z\d_/-]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll('/', '\\x2f');
