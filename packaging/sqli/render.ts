// The two generated tables as source files. The shaping decision: one text per kind, words in order, so that a difference
// between two versions of the oracle reads as what it is.

const warning =
  '// Made from the oracle by packaging/sqli/main.ts; changes here are lost. The facts in it are those of libinjection\n// (BSD-3-Clause, Nick Galbreath), asked one by one.';
const lineCharactersMax = 116;

export function fingerprintsFile(fingerprints: ReadonlySet<string>): string {
  return [
    '// Which sequences of kinds of tokens are SQL injection, in capitals: by the oracle, or by ModSecurity 2.9.7 alone.',
    warning,
    '',
    'const lines = `',
    ...inLines(
      [...fingerprints].sort().map((one) => one.replaceAll('\\', '\\\\')),
      ' ',
    ),
    '`;',
    '',
    'export const sqlFingerprints: ReadonlySet<string> = new Set(lines.trim().split(/\\s+/));',
    '',
  ].join('\n');
}

export function wordsFile(words: ReadonlyMap<string, string>): string {
  const kinds = [...new Set(words.values())].sort();
  const entries = kinds.map((kind) => {
    const ofKind = [...words].filter(([, one]) => one === kind).map(([word]) => word);
    return `  ${/^[A-Za-z]/.test(kind) ? kind : `'${kind}'`}: \`\n${inLines(ofKind.sort(), ',').join('\n')}\n\`,`;
  });
  return [
    '// What SQL means by a word, a phrase, or two signs, in capitals: by the letter of its kind (sqli-token.ts).',
    warning,
    '',
    'const byKind = {',
    ...entries,
    '};',
    '',
    'export const sqlWords: ReadonlyMap<string, string> = new Map(',
    '  Object.entries(byKind).flatMap(([kind, words]) => wordsIn(words).map((word): [string, string] => [word, kind])),',
    ');',
    '',
    'function wordsIn(text: string): readonly string[] {',
    '  return text',
    "    .replaceAll('\\n', '')",
    "    .split(',')",
    "    .filter((word) => word !== '');",
    '}',
    '',
  ].join('\n');
}

function inLines(words: readonly string[], separator: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + word.length + 1 > lineCharactersMax) {
      lines.push(line);
      line = '';
    }
    line += word + separator;
  }
  return [...lines, line].map((one) => one.trimEnd());
}
