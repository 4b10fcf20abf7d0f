// The part of the table (schema.ts) about who may ask and how often, and about what the proxy serves by itself: access
// lists, passwords, rates, CORS, security headers, files. A file of its own because the table is long; it holds the same
// kind of entries and no effect.

import {
  block,
  choice,
  flag,
  folder,
  integer,
  list,
  ms,
  network,
  optional,
  type Shape,
  secretFile,
  secs,
  text,
} from './field.ts';
import { accessLimits } from './limits.ts';

const fileName: Shape = {
  expression: /^(?!\.)[^/\\\u0000-\u001f\u007f]{1,200}$/,
  words: "be the name of a file, without '/' and not beginning with a point",
};
const fileBelowRoot: Shape = {
  expression: /^(?:\/(?!\.)[^/\\%?#\u0000-\u001f\u007f]{1,200})+$/,
  words: "begin with '/' and name a file below the root, no part of it beginning with a point",
};
const fieldValue: Shape = {
  expression: /^[\t\x20-\x7e]{1,1000}$/,
  words: 'be a header value: no line ends or other control characters',
};
const quotable: Shape = {
  expression: /^[\x20!#-[\]-\x7e]{1,200}$/,
  words: "be visible ASCII without '\"' and '\\'",
};
const countedBy: Shape = {
  expression: /^(?:client-ip|route|header:(?!host$)[\w!#$%&'*+.^`|~-]{1,100}|cookie:[\w!#$%&'*+.^`|~-]{1,100})$/i,
  words: 'be "client-ip", "route", "header:NAME" or "cookie:NAME"',
};

// RFC 6454 section 6.2: scheme, host and port, in lower case and without the usual port, as browsers send it.
const origin: Shape = {
  expression: /^(?:\*|https?:\/\/(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?)$/,
  words: 'be an origin as browsers send it, such as "https://app.example": in lower case and without a path; or "*"',
};
const methodName: Shape = { expression: /^[A-Z][A-Z0-9_-]{0,30}$/, words: 'be a method, such as PUT' };
const fieldName: Shape = { expression: /^[\w!#$%&'*+.^`|~-]{1,200}$/, words: 'be the name of a header' };

/** Of a listener and of a route. */
export const accessLists = {
  allow: list(
    'Networks and addresses that may ask; everybody else is answered 403. Without any, everybody may.',
    network('A network.', { example: '"10.0.0.0/8" "2001:db8::/32"' }),
  ),
  deny: list(
    'Networks and addresses that may not ask and are answered 403, whatever `allow` says.',
    network('A network.', { example: '"203.0.113.0/24"' }),
  ),
};

export const basicAuth = block('Asks for a name and a password (RFC 7617), which the upstream does not see.', {
  realm: text('What the browser shows beside the question.', { fallback: 'Restricted', shape: quotable }),
  users: secretFile('File with a line `NAME:HASH` per user, as `sentinel-stack hash-password` prints it.', {
    key: 'users-file',
    example: '"/etc/sentinel-stack/users"',
    security: 'Only scrypt, which is slow on purpose; wrong passwords of one client are limited.',
  }),
});

export const staticFiles = block('Serves files from a folder, for GET and HEAD.', {
  root: folder('The folder. The whole path of the request is looked for below it.', {
    example: '"/srv/www"',
    security: 'Nothing outside of it is served, whatever a path or a symbolic link says.',
  }),
  index: text('The file that stands for a folder. Folders are never listed.', {
    fallback: 'index.html',
    shape: fileName,
  }),
  fallback: optional(
    text(
      'Served with 200 in place of what is missing, if the last part of the path has no point in it: for applications that route in the browser.',
      {
        shape: fileBelowRoot,
        example: '"/index.html"',
      },
    ),
  ),
  precompressed: flag(
    'Serves `NAME.br`, `NAME.zst` or `NAME.gz` in place of NAME to clients that accept it, for texts and the like, unless it is older than NAME.',
    false,
  ),
  cacheControl: optional(
    text('The `Cache-Control` of every file.', { shape: fieldValue, example: '"public, max-age=3600"' }),
  ),
  dotfiles: flag(
    'Serves what has a part that begins with a point, such as `/.git/config`; without it only `/.well-known/`.',
    false,
    {
      security: 'Repositories, keys and notes that lie in the folder stay there.',
    },
  ),
});

export const rateLimit = block(
  'How many requests per time; more are answered 429 with Retry-After. All workers together (docs/limits.md).',
  {
    requestsPerSecond: optional(integer('The rate, by the second.', accessLimits.requestsPerSecond, { example: '10' })),
    requestsPerMinute: optional(
      integer('The rate, by the minute, in its place.', accessLimits.requestsPerMinute, { example: '5' }),
    ),
    burst: optional(
      integer(
        'How many may come at once after a rest. Without it, as many as may come in a second, at least 1.',
        accessLimits.burst,
        {
          example: '20',
        },
      ),
    ),
    key: text(
      'What is counted for itself: each "client-ip", each value of "header:NAME" or "cookie:NAME" (requests without it by their address), or the "route" as a whole.',
      { fallback: 'client-ip', shape: countedBy },
    ),
    prefixV4: integer('Bits of an IPv4 address that make one client.', accessLimits.prefixV4),
    prefixV6: integer('Bits of an IPv6 address that make one client.', accessLimits.prefixV6, {
      security: 'One customer has at least a /64, and could use each address of it once.',
    }),
    delayMs: ms(
      'How long a request may wait for its turn before it is answered 429; 0 refuses at once.',
      accessLimits.delayMs,
    ),
    logOnly: flag('Refuses nothing, and says in access lines and metrics what it would have refused.', false),
  },
);

export const maxInFlight = integer(
  'Exchanges of this route at once; more are answered 503 with Retry-After.',
  accessLimits.inFlightMax,
  {
    example: '200',
  },
);

export const cors = block('Lets pages of other origins read the replies (CORS): preflights are answered here.', {
  origins: list(
    'Origins that may: `https://app.example`, or `*` for all.',
    text('An origin.', { shape: origin, example: '"https://app.example"' }),
    {
      atLeastOne: true,
      security: 'An origin is never echoed unless it is written here.',
    },
  ),
  methods: list(
    'Methods they may use. Without any: GET, HEAD and POST.',
    text('A method.', { shape: methodName, example: '"GET" "PUT"' }),
  ),
  headers: list(
    'Request headers they may send beyond those that are always allowed.',
    text('A header.', { shape: fieldName, example: '"Content-Type"' }),
  ),
  exposeHeaders: list(
    'Reply headers they may read beyond those that are always allowed.',
    text('A header.', { shape: fieldName, example: '"X-Total"' }),
  ),
  credentials: flag('They may send cookies and passwords.', false, {
    security: 'Refused together with the origin `*`.',
  }),
  maxAgeMs: secs('How long browsers may keep the answer to a preflight.', accessLimits.preflightMs),
});

export const securityHeaders = block(
  'Headers that make browsers careful, on every reply. `response-headers` overrides each of them.',
  {
    nosniff: flag('`X-Content-Type-Options: nosniff`.', true),
    referrerPolicy: choice(
      '`Referrer-Policy`; `off` leaves it out.',
      ['strict-origin-when-cross-origin', 'same-origin', 'strict-origin', 'no-referrer', 'off'],
      {
        fallback: 'strict-origin-when-cross-origin',
      },
    ),
    frames: choice(
      'Who may show the pages in a frame: pages of the same origin, nobody, or anybody. Sets `X-Frame-Options` and adds `Content-Security-Policy: frame-ancestors`.',
      ['same-origin', 'nobody', 'anybody'],
      { fallback: 'same-origin' },
    ),
    hstsMs: secs(
      '`Strict-Transport-Security` for this long, on replies over https; 0 leaves it out.',
      accessLimits.hstsMs,
    ),
    hstsSubdomains: flag('Strict transport for all subdomains too.', false),
  },
);
