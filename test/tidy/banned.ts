// Calls and marks that have no place here, each with what to write instead. One table, read from top to bottom.
// It looks at code without its comments and literals, or at comments alone, so a rule may be named in a sentence.
// What the linters already refuse is not repeated, unless the door must hold where they do not look.

import { importsOf, lineAt, mask } from './scan.ts';
import { isCode, isTest, type Problems, type TextFile } from './tree.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly inside: 'code' | 'comments';
  readonly where: (file: TextFile) => boolean;
  readonly instead: string;
}

const everywhere = (): boolean => true;
const inPackaging = (file: TextFile): boolean => file.path.startsWith('packaging/');
const isProgram = (file: TextFile): boolean => /(?:^|\/)main\.ts$/.test(file.path);
const inProduct = (file: TextFile): boolean => !isTest(file) && !inPackaging(file);
const meetsAttackers = (file: TextFile): boolean => /^(?:proxy|agents)\//.test(file.path);
const isPurePolicy = (file: TextFile): boolean =>
  /^stack\/(?:supervisor|restart|plan)\.ts$|^config\/(?!load\.ts|lines\/)/.test(file.path); // which look at files and their dates
const mayReadSync = (file: TextFile): boolean => !inProduct(file) || isProgram(file) || maySync.includes(file.path);
const maySync = ['config/load.ts', 'config/rule-files.ts', 'proxy/http1/outlet.ts']; // the last to sockets, which never wait

const bans: readonly Ban[] = [
  {
    pattern: /\bprocess\.exit\(/g,
    inside: 'code',
    where: (file) => inProduct(file) && !isProgram(file),
    instead: 'return an exit code to the main file; it ends the process',
  },
  {
    pattern: /\bconsole\.\w+/g,
    inside: 'code',
    where: inProduct,
    instead: "write to the command's output, or log with #config/log",
  },
  {
    pattern: /\bnew RegExp\(|(?<![.\w])RegExp\(/g,
    inside: 'code',
    where: meetsAttackers,
    instead: 'take RE2: a pattern made at run time may meet input made to be slow',
  },
  {
    pattern: /(?<![.\w$])eval\(|\bnew Function\(|(?<![.\w$])Function\(/g,
    inside: 'code',
    where: everywhere,
    instead: 'write the function; text is never run as code',
  },
  {
    pattern: /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/g,
    inside: 'code',
    where: isPurePolicy,
    instead: 'take time and chance as arguments; the policy is pure',
  },
  {
    pattern: /\bprocess\.binding\b/g,
    inside: 'code',
    where: everywhere,
    instead: 'use a public module of Node',
  },
  {
    pattern: /(?::|\bas\b|[<|&,])\s*any\b(?!\s*[:(])/g,
    inside: 'code',
    where: everywhere,
    instead: 'take unknown and narrow it by a checking function',
  },
  {
    pattern: /\bexport default\b/g,
    inside: 'code',
    where: everywhere,
    instead: 'export by name, so that one thing has one name everywhere',
  },
  {
    pattern: /(?<![.\w$])enum\s+\w+\s*\{/g,
    inside: 'code',
    where: everywhere,
    instead: 'take a union of words or an `as const` table',
  },
  {
    pattern: /@ts-(?:ignore|expect-error|nocheck)\b/g,
    inside: 'comments',
    where: everywhere,
    instead: 'mend the type; where the outside is wrongly typed, narrow from unknown',
  },
  {
    pattern: /\b(?:TODO|FIXME|XXX)\b/g,
    inside: 'comments',
    where: everywhere,
    instead: 'do it now, or open an issue',
  },
  {
    pattern: /\b(?:test|it|describe|suite)\.(?:only|skip|todo)\b|\b(?:only|skip|todo): true\b/g,
    inside: 'code',
    where: isTest,
    instead: 'let every test run; one that needs a missing program says `{ skip: condition }`',
  },
  {
    pattern: /\bunit: (?=')|\bfc\.web(?:Url|Authority|Path|Segment|QueryParameters|Fragments)\b/g,
    inside: 'code',
    where: isTest,
    instead:
      'take anyCharacter or anyUrl of test/support/characters.ts: these look at all of Unicode, a second per process',
  },
  {
    pattern:
      /\b(?:access|append|chmod|chown|close|copy|cp|exists|fsync|link|lstat|mkdir|mkdtemp|open|opendir|read|readdir|readlink|realpath|rename|rm|rmdir|stat|symlink|truncate|unlink|utimes|watch|write)(?:File|v)?Sync\b/g,
    inside: 'code',
    where: (file) => !mayReadSync(file),
    instead: 'use node:fs/promises: nothing else may wait for this disk',
  },
];

const maySpawnBare = ['packaging/setup.mjs']; // runs before any package is installed

export function bannedProblems(tree: readonly TextFile[]): Problems {
  return tree.filter(isCode).flatMap((file) => [...bannedWords(file), ...bannedImports(file)]);
}

function bannedWords(file: TextFile): Problems {
  const masked = mask(file.text);
  return bans
    .filter((ban) => ban.where(file))
    .flatMap((ban) =>
      [...masked[ban.inside].matchAll(ban.pattern)].map((match) => {
        const line = lineAt(file.text, match.index + match[0].search(/\S/));
        return `${file.path}:${line}: '${match[0].trim()}': ${ban.instead}`;
      }),
    );
}

function bannedImports(file: TextFile): Problems {
  if (maySpawnBare.includes(file.path)) return [];
  return [
    ...importsOf(file.text)
      .filter(({ specifier }) => /^(?:node:)?child_process$/.test(specifier))
      .map(({ line }) => `${file.path}:${line}: 'child_process': start processes with execa`),
    ...(inProduct(file) ? [...file.text.matchAll(importOfHttp)] : []).map(
      ({ index }) =>
        `${file.path}:${lineAt(file.text, index)}: 'node:http': take it from #config/node-http, and types by 'import type'`,
    ),
  ];
}

const importOfHttp = /^import (?!type\b)[^;]*? from 'node:http';/gm;
