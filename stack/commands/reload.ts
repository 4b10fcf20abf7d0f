// `sentinel-stack reload`: the files as they are now, checked whole and applied whole, or refused whole.

import { act, type Done } from '../act.ts';
import { attachOptions } from '../attach.ts';
import { defineCommand, type Output } from '../command.ts';
import { paint, type Shade } from '../paint.ts';
import { tableLines } from '../table.ts';
import { counted, timeWords } from '../words.ts';

export const reload = defineCommand({
  details: `Everything is checked first: files, names, certificates, addresses. What changed is shown, and new processes are ready before old
ones drain. If anything is wrong, or does not come up, what ran goes on, and the exit code is 1.`,
  options: attachOptions,
  positionals: {},
  examples: [
    { line: 'sentinel-stack reload', does: 'the files as they are now' },
    { line: 'sentinel-stack check && sentinel-stack reload', does: 'every problem with its place first' },
  ],
  run: (context, where) =>
    act(context, where, [
      { doing: 'reloading', path: '/v1/reload', words: (done) => reloadWords(done, context.stdout) },
    ]),
});

const shades: Readonly<Record<string, Shade>> = { '+': 'green', '-': 'red', '~': 'yellow' };

/** A line for each thing that changed: `~ routes.api  timeout-secs 30 -> 10`. */
export function reloadWords({ changes, ms }: Done, output: Pick<Output, 'color'>): string {
  if (changes.length === 0) return `nothing differs in meaning; looked at in ${timeWords(ms)}\n`;
  const rows = changes.map((change) => {
    const [, sign = '', thing = change, what = ''] = /^([+~-]) ([^:]+)(?:: (.*))?$/s.exec(change) ?? [];
    return [{ text: sign, shade: shades[sign] }, thing, what];
  });
  return `${tableLines(rows, output).join('\n')}\napplied in ${timeWords(ms)}${paint(output, 'dim', ` · ${counted(changes.length, 'change')}`)}\n`;
}
