// The one form of Go template that tests use in their data: `{{ "a" | repeat 100 }}`. Anything else in double braces is
// data, as go-ftw leaves it when the template does not parse: payloads of template injection are full of them.

const repeatBytesMax = 10 * 1024 * 1024; // a test that asks for more is a mistake

export function expandTemplate(text: string): string {
  return text.replace(
    /\{\{\s*"((?:[^"\\]|\\.)*)"\s*\|\s*repeat\s+(\d{1,8})\s*\}\}/g,
    (whole, quoted: string, times: string) => {
      const word = unquote(quoted);
      return word.length * Number(times) > repeatBytesMax ? whole : word.repeat(Number(times));
    },
  );
}

const unquote = (text: string): string =>
  text.replace(/\\(.)/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? letter);
