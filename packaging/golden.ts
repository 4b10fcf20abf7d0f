// Writes every file that is made from the code: the generated pages of docs/, the example configurations that `init`
// writes, the assembled loop of the firewall's scanner. `make golden` runs it; test/packaging/golden.test.ts says which file is out of date.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedPages } from '#config/reference';
import { profileNames, starter } from '#config/starter';
import { refusals } from '../proxy/reply/refusals.ts';
import { dashboard } from './dashboard.ts';
import { protoFiles } from './proto.ts';
import { rulesPage } from './rules-page.ts';
import { scanProgram } from './scan-program.ts';
import { seclangPage } from './seclang-page.ts';

const root = join(import.meta.dirname, '..');

/** Path from the root -> the text it must have. */
export function goldenFiles(): Readonly<Record<string, string>> {
  const pages = Object.entries({
    ...generatedPages(),
    'refusals.md': refusalsPage(),
    'seclang.md': seclangPage(),
    'waf-rules.md': rulesPage(),
  });
  const starters = profileNames.map((profile) => [`config/examples/${profile}.kdl`, starter(profile)] as const);
  const protos = Object.entries(protoFiles()).map(([name, text]) => [`agents/protocol/${name}`, text] as const);
  const shown = ['packaging/files/dashboard.json', dashboard()] as const;
  return Object.fromEntries([
    ...pages.map(([name, text]) => [`docs/${name}`, text] as const),
    ...starters,
    ...protos,
    shown,
    ['agents/waf/plan/scan-program.ts', scanProgram()],
  ]);
}

function refusalsPage(): string {
  const rows = Object.entries(refusals).map(
    ([code, [status, sentence]]) => `| \`${code}\` | ${status} | ${sentence} |`,
  );
  return [
    '# Refusals',
    '',
    '<!-- made from proxy/reply/refusals.ts by `make golden`; changes here are lost -->',
    '',
    'Every way in which the proxy itself ends an exchange. The code stands in the access line as `refusal`, with the exact reason in `error`; the client reads the sentence and the request id, and nothing about the inside.',
    '',
    '| refusal | status | what the client reads |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** The files that do not have the text they must have. */
export function staleFiles(): string[] {
  return Object.entries(goldenFiles()).flatMap(([path, text]) => (textOf(path) === text ? [] : [path]));
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

function writeStaleFiles(): void {
  const files = goldenFiles();
  for (const path of staleFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files[path] ?? '');
    process.stdout.write(`wrote ${path}\n`);
  }
}

if (import.meta.main) writeStaleFiles();
