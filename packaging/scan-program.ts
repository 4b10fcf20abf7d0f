// agents/waf/plan/scan-program.ts: the scanner's loop, assembled from scan.wat. It is made here and not when the firewall
// starts, so that what is installed needs no assembler.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import wabt from 'wabt';

const source = 'agents/waf/plan/scan.wat';
const assembler = await wabt();

export function scanProgram(): string {
  const module = assembler.parseWat(source, readFileSync(join(import.meta.dirname, '..', source), 'utf8'));
  const binary = Buffer.from(module.toBinary({}).buffer).toString('base64');
  module.destroy();
  const lines = binary.match(/.{1,110}/g) ?? [];
  return [
    '// What scan.wat says, as a WebAssembly module in base64. Made by `make golden`; changes here are lost.',
    '',
    'export const scanProgram =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}
