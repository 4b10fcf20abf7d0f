// The type of a file, by the end of its name: a table of our own, because what a web site consists of is some dozens of
// types, and a data base of a thousand would be a dependency for names that nobody serves. What is not in it is a stream
// of bytes, which browsers store instead of showing. Texts are said to be UTF-8.

export interface ContentType {
  readonly type: string;
  /** Worth a compressed form beside it. */
  readonly isCompressible: boolean;
}

const texts: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8', // RFC 9239
  mjs: 'text/javascript; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  ics: 'text/calendar; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  jsonld: 'application/ld+json',
  geojson: 'application/geo+json',
  webmanifest: 'application/manifest+json',
  xml: 'application/xml',
  xhtml: 'application/xhtml+xml',
  rss: 'application/rss+xml',
  atom: 'application/atom+xml',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  ttf: 'font/ttf',
  otf: 'font/otf',
  ico: 'image/vnd.microsoft.icon',
  bmp: 'image/bmp',
  yaml: 'application/yaml',
  yml: 'application/yaml',
};

const packed: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  woff: 'font/woff',
  woff2: 'font/woff2',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
  pdf: 'application/pdf',
  epub: 'application/epub+zip',
  zip: 'application/zip',
  gz: 'application/gzip',
  zst: 'application/zstd',
};

const bytes: ContentType = { type: 'application/octet-stream', isCompressible: false };

const table = new Map<string, ContentType>([
  ...Object.entries(texts).map(([end, type]) => [end, { type, isCompressible: true }] as const),
  ...Object.entries(packed).map(([end, type]) => [end, { type, isCompressible: false }] as const),
]);

export function contentTypeOf(name: string): ContentType {
  return table.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase()) ?? bytes;
}
