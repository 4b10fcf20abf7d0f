// Bytes from outside as they may stand in a log line: one line, printable ASCII, quotes and backslashes told apart.

const named = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

const escapes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  return named.get(String.fromCharCode(byte)) ?? `\\x${byte.toString(16).padStart(2, '0')}`;
});

/** As msc_util.c, log_escape: quotes, backslashes, and every byte that is not printable ASCII. */
export const escaped = (text: string): string =>
  text.replace(/["\\\x00-\x1f\x7f-\xff]/g, (byte) => escapes[byte.charCodeAt(0)] as string);
