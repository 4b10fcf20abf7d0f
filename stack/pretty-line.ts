// A line that a child wrote, for the eye: an access line becomes `GET /cart  200  3 ms`, an event its name and facts,
// anything else stays as it is. Nothing that a client sent can steer the terminal: control characters are replaced.

import { z } from 'zod';
import { parseJson } from '#config/parse-json';
import type { Output } from './command.ts';
import { eventSentence } from './event-words.ts';
import { paint, type Shade } from './paint.ts';

const accessLine = z.object({
  method: z.string(),
  path: z.string(),
  query: z.string().nullish(),
  status: z.number(),
  duration_ms: z.number(),
  refusal: z.string().nullish(),
  agents: z.array(z.object({ name: z.string(), decision: z.string() })).nullish(),
});

const eventLine = z.looseObject({ level: z.string(), event: z.string() });

type Color = Pick<Output, 'color'>;

export function lineWords(text: string, output: Color): string {
  const data = text.startsWith('{') ? parseJson(text) : undefined;
  const access = accessLine.safeParse(data).data;
  if (access !== undefined) return accessWords(access, output);
  const event = eventLine.safeParse(data).data;
  return event === undefined ? withoutControls(text) : eventWords(event, output);
}

/**
 * One cause, one line: what a child says of its own start and end is told by its row and by the supervisor. A client
 * cannot hide its line by asking for such words, since quotes inside a JSON text are escaped.
 */
export function isToldElsewhere(text: string): boolean {
  return /"event":"(?:agent-listening|agent-configured|agent-connected|worker-draining|waf-rules-loaded)"/.test(text);
}

function accessWords(line: z.output<typeof accessLine>, output: Color): string {
  const target = withoutControls(line.query ? `${line.path}?${line.query}` : line.path);
  const status = paint(output, shadeOf(line.status), String(line.status));
  const took = paint(
    output,
    'dim',
    `${line.duration_ms < 10 ? line.duration_ms.toFixed(1) : Math.round(line.duration_ms)} ms`,
  );
  const blocker = line.agents?.find(({ decision }) => decision === 'block');
  const why = blocker === undefined ? (line.refusal ?? '') : `blocked by ${blocker.name}`;
  const words = [
    withoutControls(line.method),
    clipped(target),
    status,
    took,
    paint(output, 'yellow', withoutControls(why)),
  ];
  return words.filter((word) => word !== '').join('  ');
}

function shadeOf(status: number): Shade {
  if (status >= 500) return 'red';
  return status >= 400 ? 'yellow' : 'green';
}

const pathCharsShown = 100;

function clipped(text: string): string {
  return text.length > pathCharsShown ? `${text.slice(0, pathCharsShown)}…` : text;
}

const levelShades: Readonly<Record<string, Shade>> = { warn: 'yellow', error: 'red', fatal: 'red', debug: 'dim' };

function eventWords({ level, event, ...facts }: z.output<typeof eventLine>, output: Color): string {
  const { time: _time, name: _name, ...told } = facts;
  const pairs = Object.entries(told).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const shade = levelShades[level];
  const sentence = eventSentence(event, told);
  if (sentence !== undefined) {
    const words = withoutControls(sentence);
    return shade === undefined ? words : paint(output, shade, words);
  }
  const name = withoutControls(event);
  const head = shade === undefined ? name : paint(output, shade, name);
  return `${head}  ${paint(output, 'dim', withoutControls(pairs.join(' ')))}`.trimEnd();
}

function withoutControls(text: string): string {
  return text.replaceAll('\t', ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
