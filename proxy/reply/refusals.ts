// Every way in which the proxy itself ends an exchange: its status and the one sentence that the client may read. Public
// sentences say nothing about the inside; what happened stands in the access line (`refusal`, `error`).

export const refusals = {
  'head-malformed': [400, 'The request is malformed.'],
  'body-malformed': [400, 'The body of the request is malformed.'],
  'target-too-long': [414, 'The address of the request is too long.'],
  'head-too-large': [431, 'The headers of the request are too large.'],
  'header-timeout': [408, 'The request did not arrive in time.'],
  'body-timeout': [408, 'The body of the request did not arrive in time.'],
  'write-timeout': [408, 'The reply was not taken in time.'],
  'body-too-large': [413, 'The body of the request is too large.'],
  'sender-ambiguous': [400, 'The request is malformed.'],
  'loop-detected': [508, 'The request goes round in a circle.'],
  'expectation-unknown': [417, 'The request expects something that is not offered here.'],
  'upgrade-malformed': [400, 'The request to switch protocols is malformed.'],
  'upgrade-version': [426, 'The version of the protocol asked for is not offered here.'],
  'route-not-found': [404, 'There is nothing at this address.'],
  'address-denied': [403, 'The request was refused.'],
  'password-needed': [401, 'A name and a password are needed.'],
  'password-attempts': [429, 'There were too many wrong passwords.'],
  'rate-limited': [429, 'There were too many requests.'],
  'method-not-allowed': [405, 'This cannot be done at this address.'],
  'file-not-found': [404, 'There is nothing at this address.'],
  'file-unreadable': [500, 'The file cannot be read at the moment.'],
  'precondition-failed': [412, 'The file is not the one that was meant.'],
  'range-unsatisfiable': [416, 'The file does not reach that far.'],
  'agent-blocked': [403, 'The request was refused.'],
  challenged: [403, 'Please let your browser show that it is one.'],
  'agent-unavailable': [503, 'The request cannot be checked at the moment.'],
  'inspection-full': [503, 'The request cannot be checked at the moment.'],
  'route-busy': [503, 'There are too many requests at the moment.'],
  'too-many-in-flight': [503, 'There are too many requests at the moment.'],
  'too-many-tunnels': [503, 'There are too many open connections at the moment.'],
  'upstream-connect-failed': [502, 'The service cannot be reached.'],
  'upstream-unavailable': [503, 'The service is not available at the moment.'],
  'upstream-full': [503, 'The service is busy at the moment.'],
  'upstream-closed': [502, 'The service ended the connection without an answer.'],
  'upstream-bad-reply': [502, 'The service gave an answer that cannot be passed on.'],
  'reply-too-large': [502, 'The service gave an answer that cannot be checked.'],
  'upstream-timeout': [504, 'The service did not answer in time.'],
  'exchange-timeout': [504, 'The request took too long.'],
  internal: [500, 'The request failed by a mistake of the server.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type RefusalCode = keyof typeof refusals;

/** Why a phase ended the exchange. Only `reply/` writes it to the client. */
export interface Refusal {
  readonly code: RefusalCode;
  /** For the access line: what exactly, in the words of those who run the proxy. */
  readonly error?: string | undefined;
  /** What is answered instead of the usual: what an agent wants, or what the status demands. */
  readonly answer?: {
    readonly status: number;
    readonly body: string | undefined;
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
}
