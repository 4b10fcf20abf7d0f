// Everything that can be wrong with the bytes of a message, each with the rule it breaks. The parsers name a fault;
// what is answered (`reply/refusals.ts`) is decided by its code, and the access line tells the fault's own name.

export type FaultCode = 'head-malformed' | 'head-too-large' | 'target-too-long' | 'body-malformed';

/** [code, the rule]. RFC numbers without more are sections of RFC 9112. */
export const faults = {
  'empty-request': ['head-malformed', 'more than one empty line before the request line (2.2)'],
  'bad-method': [
    'head-malformed',
    'the method is not a registered kind of token: capital letters, digits, - and _ (3.1)',
  ],
  'long-method': ['head-malformed', 'the method is longer than any that exists (3.1)'],
  'bad-target': ['head-malformed', 'the target holds a byte that no target has (3.2)'],
  'long-target': ['target-too-long', 'the request line is over its bound (3)'],
  'bad-target-form': ['head-malformed', 'the target has none of the forms that its method allows (3.2)'],
  'bad-path': ['head-malformed', 'the path cannot be decoded without doubt (RFC 3986 sections 2.1 and 6.2.2)'],
  'path-above-root': ['head-malformed', 'the path leaves its root (RFC 3986 section 5.2.4)'],
  'bad-version': ['head-malformed', 'the version is not HTTP/1.x (2.3)'],
  'bad-status-line': ['head-malformed', 'the status line is not version, three digits and a reason (4)'],
  'bare-line-feed': ['head-malformed', 'a line ends without carriage return (2.2)'],
  'bare-carriage-return': ['head-malformed', 'a carriage return stands outside a line end (2.2)'],
  'folded-line': ['head-malformed', 'a line begins with a blank: obsolete folding (5.2)'],
  'blank-before-colon': ['head-malformed', 'a blank stands between a name and its colon (5.1)'],
  'empty-name': ['head-malformed', 'a header has no name (RFC 9110 section 5.1)'],
  'bad-name': ['head-malformed', 'a name holds a byte that no token has (RFC 9110 section 5.6.2)'],
  'bad-value': ['head-malformed', 'a value holds a control byte (RFC 9110 section 5.5)'],
  'long-header': ['head-too-large', 'one header line is over its bound'],
  'many-header-bytes': ['head-too-large', 'all headers together are over their bound'],
  'many-headers': ['head-too-large', 'there are more headers than the bound'],
  'no-host': ['head-malformed', 'HTTP/1.1 without Host (3.2)'],
  'two-hosts': ['head-malformed', 'more than one Host (3.2)'],
  'bad-host': ['head-malformed', 'Host is not a name or address with an optional port (3.2)'],
  'host-differs': ['head-malformed', 'the absolute target and Host name different servers (3.2.2)'],
  'bad-content-length': ['head-malformed', 'Content-Length is not one number below 2^53 (6.3)'],
  'two-content-lengths': ['head-malformed', 'more than one Content-Length (6.3)'],
  'bad-transfer-encoding': ['head-malformed', 'Transfer-Encoding is not exactly one `chunked` (6.1)'],
  'length-and-encoding': ['head-malformed', 'Content-Length together with Transfer-Encoding (6.1)'],
  'encoding-in-1.0': ['head-malformed', 'Transfer-Encoding in a message of HTTP/1.0 (6.1)'],
  'misspelt-framing': ['head-malformed', 'a header that frames the message has another mark than a hyphen in its name'],
  'body-in-trace': ['head-malformed', 'TRACE declares a body (RFC 9110 section 9.3.8)'],
  'interim-in-1.0': ['head-malformed', 'a reply of 1xx in HTTP/1.0, which has none (RFC 9110 section 15.2)'],
  'body-in-bodiless': ['head-malformed', 'a reply of 1xx or 204 declares a body (6.1, RFC 9110 section 8.6)'],
  'bad-connection': [
    'head-malformed',
    'Connection does not list tokens, or names a header that frames (RFC 9110 section 7.6.1)',
  ],
  'many-connection-options': ['head-too-large', 'Connection lists more options than the bound'],
  'bad-chunk-size': ['body-malformed', 'a chunk size is not a plain hexadecimal number below 2^53 (7.1)'],
  'bad-chunk-extension': [
    'body-malformed',
    'a chunk extension is not `;name`, `;name=token` or `;name="text"` (7.1.1)',
  ],
  'long-chunk-extension': ['body-malformed', 'chunk extensions are over their bound (7.1.1)'],
  'bad-chunk-end': ['body-malformed', 'a chunk is not followed by a line end (7.1)'],
  'bad-trailer': [
    'body-malformed',
    'a trailer is malformed, or frames, routes or authenticates (RFC 9110 section 6.5.1)',
  ],
  'long-trailers': ['body-malformed', 'the trailers are over their bound'],
} as const satisfies Record<string, readonly [code: FaultCode, rule: string]>;

export type Fault = keyof typeof faults;

export function codeOfFault(fault: Fault): FaultCode {
  return faults[fault][0];
}
