// What the firewall refuses, as it happens: the lines of the log that tell of it, a few lines for each. They come over the
// control socket as those of `logs`. It refuses to look at any other line.

import { z } from 'zod';
import { parseJson } from '#config/parse-json';
import type { LineShape } from './api/shapes.ts';
import type { Output } from './command.ts';
import { clean } from './firewall-view.ts';
import { paint } from './paint.ts';

const told = z.looseObject({
  event: z.enum(['waf-blocked', 'waf-detected', 'waf-lines-left-out']),
  request_id: z.string().optional(),
  client_ip: z.string().optional(),
  method: z.string().optional(),
  target: z.string().optional(),
  route: z.string().optional(),
  status: z.number().optional(),
  score: z.number().optional(),
  rule: z.number().optional(),
  found: z.array(z.string()).optional(),
  reason: z.string().optional(),
  lines: z.number().optional(),
});
export type Told = z.output<typeof told>;

/** `undefined`: the line is about something else. */
export function refusalIn(line: LineShape, onlyBlocked: boolean): Told | undefined {
  if ('dropped' in line || !line.text.startsWith('{')) return undefined;
  const read = told.safeParse(parseJson(line.text)).data;
  return read !== undefined && onlyBlocked && read.event === 'waf-detected' ? undefined : read;
}

/** A block of lines: what, from whom, why, and how to ask for more. */
export function refusalText(refusal: Told, at: number, output: Pick<Output, 'color'>): string {
  const time = paint(output, 'dim', new Date(at).toTimeString().slice(0, 8));
  if (refusal.event === 'waf-lines-left-out') return `${time}  … ${refusal.lines ?? 0} more in one second, not told\n`;
  const { method = '?', target = '?', client_ip: client = '?', status, score, found = [], rule, reason } = refusal;
  const verb =
    refusal.event === 'waf-blocked'
      ? paint(output, 'red', `blocked ${status ?? ''}`)
      : paint(output, 'yellow', 'would block');
  const head = [
    `${time}  ${verb}  ${clean(method)} ${clean(target)}`,
    `from ${client}`,
    score === undefined ? '' : `score ${score}`,
  ];
  const why = found.length > 0 ? found : [reason ?? `rule ${rule ?? '?'}`];
  const lines = [
    head.filter((word) => word !== '').join('   '),
    ...why.map((one) => `          ${clean(one)}`),
    paint(output, 'dim', `          sentinel-stack waf explain ${refusal.request_id ?? '?'}`),
  ];
  return `${lines.join('\n')}\n`;
}
