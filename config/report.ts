// Problems -> text for people and data for programs. The only place that turns a problem into words on a screen:
//
//   sentinel.kdl:14:9: error: unknown key 'load-balncing' in upstream "shop" [config-unknown-key]
//      14 |         load-balncing "least-connections"
//         |         ^^^^^^^^^^^^^ did you mean 'load-balancing'?

import type { Problem, Severity } from './errors.ts';
import { configurationLimits } from './limits.ts';
import type { Place } from './source.ts';

/** How text is marked on a terminal that shows colours; elsewhere nothing is. */
export interface Paint {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

const plainText = (text: string) => text;
export const plain: Paint = { error: plainText, warning: plainText, dim: plainText, strong: plainText };

const colour = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`;
export const coloured: Paint = { error: colour(31), warning: colour(33), dim: colour(2), strong: colour(1) };

/** All problems in the order of their places, and a line that counts them. Ends with a newline. */
export function formatProblems(problems: readonly Problem[], paint: Paint = plain, files = 0): string {
  const shown = inOrder(problems).slice(0, configurationLimits.problemsShownMax);
  const blocks = shown.map((one) => `${formatProblem(one, paint)}\n`);
  const more = problems.length - shown.length;
  if (more > 0) blocks.push(`… and ${more} more\n`);
  return `${blocks.join('')}${blocks.length > 0 ? '\n' : ''}${countLine(problems, files)}\n`;
}

export function formatProblem(one: Problem, paint: Paint = plain): string {
  const severity = one.severity === 'error' ? paint.error('error') : paint.warning('warning');
  const where = one.place === undefined ? '' : `${paint.strong(positionOf(one.place))}: `;
  const lines = [`${where}${severity}: ${withoutControls(one.what)} ${paint.dim(`[${one.code}]`)}`];
  if (one.place !== undefined) lines.push(...excerpt(one.place, one.hint, one.severity, paint));
  else if (one.hint !== undefined) lines.push(`  ${withoutControls(one.hint)}`);
  if (one.other !== undefined) {
    lines.push(
      `  ${paint.strong(positionOf(one.other.place))}: ${withoutControls(one.other.what)}`,
      ...excerpt(one.other.place, undefined, one.severity, paint),
    );
  }
  return lines.join('\n');
}

export function positionOf({ file, line, column }: Place): string {
  return `${withoutControls(file)}:${line}:${column}`;
}

/** `3 errors, 1 warning in 2 files` */
export function countLine(problems: readonly Problem[], files = 0): string {
  const count = (severity: Severity) => problems.filter((one) => one.severity === severity).length;
  const parts = [plural(count('error'), 'error'), plural(count('warning'), 'warning')].filter(
    (part) => !part.startsWith('0 '),
  );
  const counted = parts.length === 0 ? 'no problems' : parts.join(', ');
  return files === 0 ? counted : `${counted} in ${plural(files, 'file')}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** By file as they were read, then by place; what has no place comes first. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map((one) => one.place?.file))];
  const rank = ({ place }: Problem) =>
    place === undefined ? [-1, 0, 0] : [files.indexOf(place.file), place.line, place.column];
  return problems.toSorted((one, other) => {
    const [left, right] = [rank(one), rank(other)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  });
}

/** What `--json` prints: the same facts under stable names. */
export function problemAsData(one: Problem): Record<string, unknown> {
  const place = (at: Place) => ({
    file: at.file,
    line: at.line,
    column: at.column,
    length: at.length,
    source: at.text,
  });
  return {
    code: one.code,
    severity: one.severity,
    message: one.what,
    ...(one.place && place(one.place)),
    ...(one.hint === undefined ? {} : { hint: one.hint }),
    ...(one.other === undefined ? {} : { other: { message: one.other.what, ...place(one.other.place) } }),
  };
}

/** The source line with a caret under the place, clipped where a line is longer than a screen. */
function excerpt(place: Place, hint: string | undefined, severity: Severity, paint: Paint): string[] {
  const { characters, column } = clip(place);
  const gutter = String(place.line).padStart(5);
  const indent = characters
    .slice(0, column - 1)
    .map(blankFor)
    .join('');
  const marked = characters.slice(column - 1, column - 1 + place.length);
  const width = marked.reduce((sum, character) => sum + columnsOf(character), 0);
  const mark = (severity === 'error' ? paint.error : paint.warning)('^'.repeat(Math.max(1, width)));
  const bar = paint.dim('|');
  return [
    `${paint.dim(gutter)} ${bar} ${characters.join('')}`.trimEnd(),
    `${' '.repeat(gutter.length)} ${bar} ${indent}${mark}${hint === undefined ? '' : ` ${withoutControls(hint)}`}`,
  ];
}

/** What is shown of the line, by characters, and the column of the place in that. */
function clip({ text, column }: Place): { characters: string[]; column: number } {
  const width = configurationLimits.sourceLineShownMax;
  const skipped = text.length > longLine ? Math.max(0, column - width) : 0;
  const near = text.length > longLine ? text.slice(skipped, column + width) : text;
  const characters = [...withoutControls(near)];
  if (text.length <= width) return { characters, column };
  const start = Math.max(0, column - skipped - Math.floor(width / 2));
  const lead = start + skipped > 0 ? ['…'] : [];
  const rest = start + width < characters.length ? ['…'] : [];
  const shown = [...lead, ...characters.slice(start, start + width), ...rest];
  return { characters: shown, column: column - skipped - start + lead.length };
}

const longLine = 20_000; // of a longer one only what is near the place is looked at

/** Under a tab a tab, under a wide character two blanks, under an accent of its own nothing. */
function blankFor(character: string): string {
  return character === '\t' ? '\t' : ' '.repeat(columnsOf(character));
}

// Unicode Standard Annex 11, "East Asian Width": W and F, by blocks; marks and format characters take no room.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const noRoom = /[\p{Mn}\p{Me}\p{Cf}]/u;

function columnsOf(character: string): number {
  if (character <= '~') return 1;
  if (noRoom.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Nothing in a file may write to the terminal but as itself, nor turn the order of its text around. */
function withoutControls(text: string): string {
  return text.replace(controls, '\ufffd');
}

const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
