// The part of the table (schema.ts) about agents and the filters that ask them: how an agent is reached, what it is asked
// about, how long and how often, what happens when it does not answer, what it may decide, and the challenge that stands
// in for an answer. A file of its own because the table is long; it holds the same kind of entries and no effect.

import {
  block,
  choice,
  filePath,
  flag,
  integer,
  list,
  ms,
  name,
  optional,
  type Shape,
  secretFile,
  secs,
  size,
  text,
} from './field.ts';
import { agentLimits, inspectionLimits } from './limits.ts';
import { hostAndPort, serverName } from './shapes.ts';

const mediaType: Shape = {
  expression: /^[a-z0-9!#$&^_.+-]+\/(?:\*|[a-z0-9!#$&^_.+-]+)$/i,
  words: 'be a media type without parameters, such as application/json or text/*',
};

/** The events of an exchange, in their order. */
export const agentEvents = [
  'request-headers',
  'request-body',
  'response-headers',
  'response-body',
  'websocket-frame',
  'log',
] as const;

/** As agents and configurations in the field call them. */
const otherEvents = {
  mean: {
    'request-body-chunk': 'request-body',
    'response-body-chunk': 'response-body',
    'request-complete': 'log',
    'web-socket-frame': 'websocket-frame',
  },
  refused: {
    guardrail:
      'no route here carries model traffic that could be inspected; ask about "request-body" and "response-body"',
    'guardrail-inspect':
      'no route here carries model traffic that could be inspected; ask about "request-body" and "response-body"',
    configure: 'leave it out: every agent is given its configuration',
  },
} as const;

export const failureModes = ['open', 'closed'] as const;

const eventTimeout = (event: (typeof agentEvents)[number], words: string) =>
  optional(
    ms(`For an answer to \`${event}\`, in place of \`timeout-ms\`.`, agentLimits.callMs, {
      key: event,
      example: words,
    }),
  );

/** How the agent is reached: one of the two. */
export const transport = block('How the agent is reached.', {
  unixSocket: optional(
    text('Path of its socket, below the runtime folder unless absolute.', { example: '"screen.sock"', longest: 100 }),
  ),
  grpc: optional(
    block('An agent on another host, or one that speaks gRPC alone: it is expected to be running there.', {
      address: text('Its host, or address, and port.', {
        shape: hostAndPort,
        example: '"auth.internal:50051"',
        security: 'Without `tls` anybody on the way reads the requests, and can answer for the agent.',
      }),
      tls: optional(
        block('Speaks TLS to it; `tls { }` is enough where public authorities sign.', {
          caCert: optional(
            filePath('Certificates, in PEM, of those who may sign; in place of the public ones that Node knows.', {
              example: '"/etc/sentinel-stack/internal-ca.pem"',
            }),
          ),
          clientCert: optional(
            filePath('A certificate that is shown to the agent, in PEM, with those between it and the root.', {
              example: '"/etc/sentinel-stack/proxy.pem"',
            }),
          ),
          clientKey: optional(
            filePath('Its private key, in PEM, without a password.', { example: '"/etc/sentinel-stack/proxy.key"' }),
          ),
          serverName: optional(
            text("The name that the agent's certificate must hold, where that is not the one in the address.", {
              shape: serverName,
              longest: 253,
              example: '"auth.internal"',
            }),
          ),
        }),
      ),
    }),
  ),
});

/** How the agent is asked. */
export const asking = {
  events: list(
    'What it is asked about. `websocket-frame`: each data frame of a WebSocket, held until the answer. `log` is told when the exchange is over, and nothing is done with the answer.',
    choice('An event.', agentEvents, { example: '"request-headers" "request-body"', otherWords: otherEvents }),
    { atLeastOne: true },
  ),
  protocolVersion: optional(
    integer(
      'Insists on one version of the protocol. Without it version 2 is offered first, and 1 spoken with agents that do not know it.',
      agentLimits.protocolVersion,
      { example: '1' },
    ),
  ),
  timeoutMs: ms('For one answer; after that the failure mode decides.', agentLimits.callMs),
  eventTimeouts: block('For single events, in place of `timeout-ms`.', {
    requestHeadersMs: eventTimeout('request-headers', '30'),
    requestBodyMs: eventTimeout('request-body', '200'),
    responseHeadersMs: eventTimeout('response-headers', '30'),
    responseBodyMs: eventTimeout('response-body', '200'),
    websocketFrameMs: eventTimeout('websocket-frame', '20'),
  }),
  failureMode: optional(
    choice(
      'What happens to a request that the agent did not answer: `open` lets it pass, `closed` answers 503. The filter may say otherwise; if neither says anything, the route must. There is no default: it is a decision.',
      failureModes,
      { example: '"closed"', security: 'Must be stated wherever an agent is asked.' },
    ),
  ),
  maxConcurrentCalls: integer(
    'Calls waiting for its answer at once, per worker; further ones queue.',
    agentLimits.callsInFlightMax,
  ),
  maxQueuedCalls: integer(
    'Calls that wait for their turn, within their time, per worker; further ones are settled by the failure mode.',
    agentLimits.callsQueuedMax,
  ),
  connectionPool: block('Connections to an agent that speaks version 1, which answers one call at a time on each.', {
    maxConnections: integer('How many there are at most, per worker.', agentLimits.connectionsMax),
    idleTimeoutMs: secs('How long one is kept unused; the last one stays.', agentLimits.connectionIdleMs),
  }),
  circuitBreaker: optional(
    block(
      'After failures in a row (no answer in time, or a broken one) the agent is not asked for a while, and its failure mode decides at once; then a few trials decide. Each worker has its own.',
      {
        failureThreshold: integer('Failures in a row that open it.', agentLimits.breakerFailures),
        successThreshold: integer('Trials in a row that must succeed until it closes.', agentLimits.breakerSuccesses),
        recoveryTimeoutMs: secs('From opening to the first trial.', agentLimits.breakerRecoveryMs),
        halfOpenMax: integer('Trials at once.', agentLimits.breakerTrialsMax, { key: 'half-open-max-requests' }),
      },
    ),
  ),
  bodyHandling: block('How bodies are put to the agent, where `events` names them.', {
    mode: choice(
      'How a body is put to it. "buffer": it is held until the agent has decided, and nothing of it goes on before. "stream": piece by piece, each held until its own answer; what has passed cannot be called back.',
      ['buffer', 'stream'],
      { fallback: 'buffer', security: 'Nothing reaches the upstream before the verdict.' },
    ),
    maxBytes: size(
      'How much of one body is held, in "buffer" mode, and how long a WebSocket frame may be.',
      inspectionLimits.bodyBytesMax,
    ),
    contentTypes: list(
      'Media types whose bodies it is asked about; without any, all.',
      text('A media type.', { shape: mediaType, example: '"application/json" "text/*"' }),
    ),
    onTooLarge: choice(
      'What happens to a body that is longer, or for which `inspection-memory` has no room: "refuse" answers 413 (503 without room, 502 for replies); "inspect-prefix" puts what fits to the agent, tells it that there is more, and lets the rest follow if it allows it.',
      ['refuse', 'inspect-prefix'],
      { fallback: 'refuse', security: 'Padding does not carry anything past an agent.' },
    ),
  }),
  allowUpstreams: list(
    "Upstreams that it may send a request to, in place of the route's.",
    name('An upstream.', { refersTo: 'upstreams', example: '"canary"' }),
    { security: 'An agent reroutes only to where it is allowed to.' },
  ),
  allowRoutes: list(
    'Routes that it may hand a request to, in place of the one that was found; their own agents are not asked.',
    name('A route.', { refersTo: 'routes', example: '"maintenance"' }),
  ),
};

/** What a filter says beside the agent that it asks. */
export const filtering = {
  failureMode: optional(
    choice("Overrides the agent's own `failure-mode` for this filter.", failureModes, { example: '"closed"' }),
  ),
  phase: choice(
    "Which of the agent's events are put to it here: those of the request, of the reply, or all.",
    ['all', 'request', 'response'],
    {
      fallback: 'all',
    },
  ),
  parallel: flag(
    'Neighbours in `filters` that all say so are asked at once; none of them sees what the others changed, and their order still decides who wins.',
    false,
  ),
};

export const challenge = block(
  'What a client gets when an agent wants it challenged: a page that sets a signed cookie, and lets it in with it. Such a client is not challenged again while the cookie holds.',
  {
    kind: choice(
      'What the page does. "cookie": it shows that the client keeps cookies and runs scripts. "proof-of-work": the browser must also find a number whose hash begins with zeros.',
      ['cookie', 'proof-of-work'],
      { fallback: 'cookie' },
    ),
    difficultyBits: integer(
      'Zero bits that the hash must begin with; each doubles the work.',
      agentLimits.challengeBits,
    ),
    validMs: secs('How long the cookie holds.', agentLimits.challengeValidMs),
    secret: optional(
      secretFile(
        'File with the secret that cookies are signed with, 32 bytes at least. Without it one is made in the runtime folder; it goes with that folder, which is removed at the end unless `runtime-dir` names it.',
        {
          key: 'secret-file',
          example: '"/etc/sentinel-stack/challenge.key"',
          security: 'The cookie cannot be made up, and holds for one address and one browser only.',
        },
      ),
    ),
  },
);
