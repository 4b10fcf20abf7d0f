// Problems that come from another process as data (`problemAsData`), as problems again, so that whoever asked for a reload
// reads what `check` would have printed. What is not understood is left out.

import { z } from 'zod';
import { isCode, type Problem } from './errors.ts';

const place = { file: z.string(), line: z.number(), column: z.number(), length: z.number(), source: z.string() };
const placed = z.object(place);

const problemShape = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  hint: z.string().optional(),
  ...z.object(place).partial().shape,
  other: placed.extend({ message: z.string() }).optional(),
});

export function problemsFromData(list: readonly unknown[]): Problem[] {
  return list.flatMap((data): Problem[] => {
    const read = problemShape.safeParse(data).data;
    if (read === undefined || !isCode(read.code)) return [];
    const { code, severity, message: what, hint, other } = read;
    const second = other === undefined ? undefined : { what: other.message, place: placeFrom(other) };
    const at = placed.safeParse(read).data;
    return [{ code, severity, what, hint, place: at === undefined ? undefined : placeFrom(at), other: second }];
  });
}

function placeFrom({ file, line, column, length, source }: z.output<typeof placed>) {
  return { file, line, column, length, text: source };
}
