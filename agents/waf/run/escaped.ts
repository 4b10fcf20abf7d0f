// Bytes from outside as they may stand in a log line: one line, printable ASCII, quotes and backslashes told apart.

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** As msc_util.c, log_escape: quotes, backslashes, and every byte that is not printable ASCII. */
export const escaped = (text: string): string =>
  text.replace(
    /["\\\x00-\x1f\x7f-\xff]/g,
    (byte) => named[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
