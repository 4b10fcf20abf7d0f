// What type a body without one is, by the algorithm that Go's net/http and browsers share (WHATWG MIME Sniffing,
// section 7.1): leading tags of HTML, `<?xml`, `%PDF-`, and otherwise text or not. Only the first 512 bytes count.

const sniffedBytes = 512;

const htmlTags = [
  '<!DOCTYPE HTML',
  '<HTML',
  '<HEAD',
  '<SCRIPT',
  '<IFRAME',
  '<H1',
  '<DIV',
  '<FONT',
  '<TABLE',
  '<A',
  '<STYLE',
  '<TITLE',
  '<B',
  '<BODY',
  '<BR',
  '<P',
  '<!--',
];

export function contentTypeOf(body: string): string {
  const head = body.slice(0, sniffedBytes);
  const text = head.replace(/^[\t\n\x0c\r ]+/, '');
  if (htmlTags.some((tag) => startsWithTag(text, tag))) return 'text/html; charset=utf-8';
  if (text.startsWith('<?xml')) return 'text/xml; charset=utf-8';
  if (head.startsWith('%PDF-')) return 'application/pdf';
  if (head.startsWith('%!PS-Adobe-')) return 'application/postscript';
  if (head.startsWith('\xfe\xff')) return 'text/plain; charset=utf-16be';
  if (head.startsWith('\xff\xfe')) return 'text/plain; charset=utf-16le';
  const binary = signatures.find(([start]) => head.startsWith(start));
  if (binary !== undefined) return binary[1];
  return /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(text) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}

/** The tag, and behind it a space or `>`, so that `<ADDRESS` is not `<A`. */
function startsWithTag(text: string, tag: string): boolean {
  if (text.slice(0, tag.length).toUpperCase() !== tag) return false;
  return tag === '<!--' || /^[ >]/.test(text.slice(tag.length));
}

const signatures: ReadonlyArray<readonly [start: string, type: string]> = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['PK\x03\x04', 'application/zip'],
  ['\x1f\x8b\x08', 'application/x-gzip'],
];
