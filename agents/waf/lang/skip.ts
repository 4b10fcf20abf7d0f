// Steps through a text that the lists of targets and actions share. Positions only; nothing is copied.

/** The first position from `start` whose character is not one of these; the text's end if there is none. */
export function skip(text: string, start: number, what: RegExp): number {
  let at = start;
  while (at < text.length && what.test(text.charAt(at))) at += 1;
  return at;
}

/** Where a single quote closes that was opened before `start`; the text's end if nothing closes it. */
export function closingQuote(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charAt(at) !== "'") at += text.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at, text.length);
}
