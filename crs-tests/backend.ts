// The backend that the corpus expects behind the WAF, as a pure function: every path answers 200 without a body, and
// `POST /reflect` answers what its JSON asks for. Its contract is that of CRS's own test server; where no Content-Type is
// asked for, the body is sniffed as Go's http.DetectContentType does, because response rules read only text.

import { contentTypeOf } from './sniff.ts';

export interface BackendRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string; // bytes
}

export interface BackendResponse {
  readonly status: number;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: string; // bytes
}

export function answer({ method, path, body }: BackendRequest): BackendResponse {
  if (method === 'POST' && path === '/reflect') return reflect(body);
  if (method === 'GET' && path === '/capabilities') return capabilities;
  const status = /^\/status\/(\d{3})$/.exec(path)?.[1];
  return {
    status: status === undefined ? 200 : validStatus(Number(status)),
    headers: [['Content-Length', '0']],
    body: '',
  };
}

const validStatus = (status: number): number => (status >= 100 && status < 600 ? status : 400);

const capabilities: BackendResponse = withBody(
  200,
  [['Content-Type', 'application/json']],
  JSON.stringify({ endpoints: [{ path: '/reflect', methods: ['POST'], contentType: 'application/json' }] }),
);

function reflect(body: string): BackendResponse {
  const asked = parse(body);
  if (asked === undefined) return withBody(400, [], 'Invalid JSON in request body');
  const status = asked['status'] ?? 200;
  if (typeof status !== 'number' || status < 100 || status >= 600) {
    return withBody(400, [], `Invalid status code: ${String(status)}`);
  }
  const encoded = asked['encodedBody'];
  const text = asked['body'];
  const isEncoded = typeof encoded === 'string' && encoded !== '';
  const reply = isEncoded
    ? Buffer.from(encoded, 'base64').toString('latin1')
    : Buffer.from(typeof text === 'string' ? text : '', 'utf8').toString('latin1');
  return withBody(status, headersOf(asked['headers']), reply);
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const headersOf = (headers: unknown): BackendResponse['headers'] =>
  typeof headers === 'object' && headers !== null
    ? Object.entries(headers).map(([name, value]) => [name, String(value)])
    : [];

function withBody(status: number, headers: BackendResponse['headers'], body: string): BackendResponse {
  const has = (name: string): boolean => headers.some(([known]) => known.toLowerCase() === name);
  const added: [string, string][] = [];
  if (!has('content-type') && body !== '') added.push(['Content-Type', contentTypeOf(body)]);
  if (!has('content-length')) added.push(['Content-Length', String(body.length)]);
  return { status, headers: [...headers, ...added], body };
}
