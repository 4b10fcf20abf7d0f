// The part of the schema that sends a request elsewhere: the client to another address, or the upstream another path.

import { block, oneOf, optional, pattern, type Shape, text } from './field.ts';
import { authority } from './shapes.ts';

// RFC 3986: what a URL consists of. A scheme is followed by a name, or `https://{path}` would lead to any host; `//` at
// the start would be a host of the client's choice.
const redirectTarget: Shape = {
  expression:
    /^(?:https?:\/\/(?=\{host\}|[A-Za-z0-9[])|(?=\/(?!\/)|\{path\}))(?:\{(?:host|path|query)\}|[!#$%&-;=?@A-Z[\]_a-z~])+$/,
  words:
    "be a path that begins with '/', or a URL with http:// or https:// and a host; placeholders are {host}, {path} and {query}",
};
const prefixWithoutSlash: Shape = {
  expression: /^(?:\/[^\s?#/]+)+$/,
  words: "begin with '/', not end with it, and hold no blanks, '?' or '#'",
};
export const redirect = block('Sends the client elsewhere, instead of an upstream.', {
  to: text(
    "Where to. `{host}` is the request's host without port, `{path}` its normalised path, `{query}` its query with `?`, or nothing; without host the client stays where it is.",
    { shape: redirectTarget, example: '"https://{host}{path}{query}"' },
  ),
  status: oneOf(
    'The status: 302 and 307 are for now, 301 and 308 for ever; 307 and 308 keep the method. For ever means that clients may never ask again.',
    [301, 302, 303, 307, 308],
    302,
    { example: '308' },
  ),
});

export const rewrite = block(
  'Changes what the upstream is asked for: the normalised path, by these keys in this order. The query stays.',
  {
    stripPrefix: optional(
      text('Removed from the start of the path, on segment boundaries; other paths stay.', {
        shape: prefixWithoutSlash,
        example: '"/api"',
      }),
    ),
    pathRegex: optional(
      pattern('An expression (RE2); its first match in the path is replaced by `to`.', { example: '"^/old/(.*)$"' }),
    ),
    to: optional(
      text('What the match is replaced by; `$1` to `$9` are its groups, `$$` is `$`.', { example: '"/new/$1"' }),
    ),
    addPrefix: optional(text('Put in front of the path.', { shape: prefixWithoutSlash, example: '"/v2"' })),
    host: optional(
      text("The Host that the upstream sees; the client's stays in X-Forwarded-Host.", {
        shape: authority,
        longest: 261, // a name of 255 bytes (RFC 1035 section 2.3.4), a colon, a port
        example: '"backend.internal"',
      }),
    ),
  },
);
