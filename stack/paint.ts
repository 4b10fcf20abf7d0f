// Colour where it means something: green is well, yellow is degraded, red failed, dim is detail. It asks the output
// whether it shows colour, so that no caller has to. It refuses to measure: pad text before painting it.

import { styleText } from 'node:util';
import type { Output } from './command.ts';

export type Shade = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

export function paint(output: Pick<Output, 'color'>, shade: Shade, text: string): string {
  return output.color && text !== '' ? styleText(shade, text, { validateStream: false }) : text;
}
