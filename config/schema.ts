// Every key of the language: type, unit, default, bounds and one sentence of documentation, in one table.
// To add a key: one entry here, its effect where it belongs, and an effect test that names it; nothing else
// (docs/configuration.md, the JSON Schema, completion and the starter files follow). A key without an effect is refused
// by test/config/effects.test.ts. What is read is a frozen `Config`; nothing else in the product knows KDL.

import type { z } from 'zod';
import {
  address,
  block,
  choice,
  fileMap,
  flag,
  integer,
  items,
  json,
  list,
  map,
  ms,
  name,
  named,
  network,
  optional,
  pattern,
  type Shape,
  secretFile,
  secretMap,
  secs,
  size,
  text,
} from './field.ts';
import { agentLimits, inspectionLimits, proxyLimits, tlsLimits, upstreamLimits } from './limits.ts';
import { accessLists, basicAuth, cors, maxInFlight, rateLimit, securityHeaders, staticFiles } from './schema-access.ts';
import { asking, challenge, failureModes, filtering, transport } from './schema-agents.ts';
import { balancing, splitting } from './schema-balance.ts';
import { rotation, stackLog } from './schema-logging.ts';
import { redirect, rewrite } from './schema-redirect.ts';
import { circuitBreaker, ejection, healthCheck, retryPolicy } from './schema-resilience.ts';
import { agentCare, stackCare } from './schema-supervision.ts';
import { listenerTls } from './schema-tls.ts';
import { upstreamTls } from './schema-upstream-tls.ts';
import { routeWaf, waf } from './schema-waf.ts';
import { token } from './shapes.ts';

export const schemaVersion = '1';

// RFC 9110 section 5: names are tokens; a value holds no control characters. What frames a message is the proxy's alone.
const headerName: Shape = {
  expression:
    /^(?!(?:connection|content-length|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$)[\w!#$%&'*+.^`|~-]{1,200}$/i,
  words:
    'be the name of a header that the proxy does not need itself (not Host, Content-Length, Connection and their like)',
};
const headerValue: Shape = {
  expression: /^[\t\x20-\x7e\x80-\xff]{0,8000}$/,
  words: 'be a header value: no line ends or other control characters',
};
const absolutePath: Shape = { expression: /^\/[^\s?#]*$/, words: "begin with '/' and hold no blanks, '?' or '#'" };
const hostPattern: Shape = {
  expression: /^(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$|^\[[0-9A-Fa-f:.]+\]$/,
  words: 'be a host name without port, or *.suffix',
};
// RFC 9110 section 7.8: a protocol is a token, with a version if need be. HTTP in another version is no tunnel: requests
// inside one would be seen by nobody.
const protocolName: Shape = {
  expression: /^(?!(?:websocket|h2c?|https?|tls)(?:\/|$))[\w!#$%&'*+.^`|~-]{1,40}(?:\/[\w!#$%&'*+.^`|~-]{1,20})?$/i,
  words:
    'be the name of a protocol, such as "tcp"; never h2c, HTTP or TLS. WebSocket has a key of its own: websocket #true',
};
const matchedHeader: Shape = {
  expression: /^(?!host$)[\w!#$%&'*+.^`|~-]{1,200}$/i,
  words: "be the name of a header; for Host there is 'host', which is compared without port and case",
};

const pageName: Shape = {
  expression: /^[45](?:\d\d|xx)$/,
  words: 'be a status from 400 to 599, or "4xx" or "5xx" for all others',
};
const variableName: Shape = {
  expression: /^[A-Za-z_][A-Za-z0-9_]{0,199}$/,
  words: 'be the name of a variable: letters, digits and underscores',
};

const headerRules = {
  set: map('Headers to set; one of that name is replaced.', {
    names: headerName,
    shape: headerValue,
    example: 'set { X-From "sentinel" }',
  }),
  add: map('Headers to add beside those of the same name.', {
    names: headerName,
    shape: headerValue,
    example: 'add { Vary "Cookie" }',
  }),
  remove: list(
    'Names of headers to remove, before `set` and `add` are applied.',
    text('A header name.', { shape: headerName, example: '"X-Debug"' }),
  ),
};

const system = block('The stack as a whole.', {
  workerThreads: integer('Proxy workers to run, each a process of its own; 0 means one per core.', proxyLimits.workers),
  gracefulShutdownTimeoutMs: secs(
    'How long requests in flight may take to finish when the stack stops.',
    proxyLimits.shutdownMs,
  ),
  ...stackCare,
  fastSockets: flag(
    'Read and write sockets through interfaces of Node that are not documented, where this Node is known to have them; `false` uses the documented ones, which cost more.',
    true,
  ),
  zone: optional(
    name('Where this host stands; "locality-aware" upstreams prefer targets of the same zone.', { example: '"eu-1a"' }),
  ),
  nameServers: list(
    "Name servers to ask for targets that have names, by address; without any, those of the system. The system's hosts file comes first. Names are written in full: search domains are not applied.",
    address('A name server.', { example: '"127.0.0.53:53"' }),
  ),
  runtimeDir: optional(
    text(
      'Folder for sockets and the lock; without it that of the service (`$RUNTIME_DIRECTORY`), `$XDG_RUNTIME_DIR/sentinel-stack`, else a private folder under the temp folder.',
      { longest: 80, example: '"/run/sentinel-stack"' },
    ),
  ),
});

const admin = block(
  "The operator's side, read-only: a page, `/metrics`, `/healthz`, `/readyz`, and data as JSON below `/v1/`. Without this block nothing listens. See docs/operations.md.",
  {
    address: optional(
      address('Where to listen.', {
        example: '"127.0.0.1:9090"',
        security: 'Nothing listens unless an address is given; one that others can reach is refused without a token.',
      }),
    ),
    token: optional(
      secretFile(
        'File with the token that every request must carry as `Authorization: Bearer …`; a browser asks for it as the password of any user.',
        {
          key: 'token-file',
          example: '"/etc/sentinel-stack/admin.token"',
        },
      ),
    ),
  },
);

const listeners = named('listener', 'Where clients connect.', {
  address: list(
    'Addresses to listen on: `host:port`, `[v6]:port` or `unix:/path`, each served by all workers; with port 0 the system picks one and it is printed.',
    address('An address.', { example: '"0.0.0.0:8080"' }),
    { atLeastOne: true },
  ),
  protocol: choice(
    'What is spoken: plain HTTP, or HTTP inside TLS, for which `tls` has the certificate.',
    ['http', 'https'],
    {
      fallback: 'http',
    },
  ),
  tls: optional(listenerTls),
  defaultRoute: optional(
    name('Route for requests that no route matches; without it they are answered 404.', {
      refersTo: 'routes',
      example: '"fallback"',
    }),
  ),
  mergeSlashes: flag(
    'Several slashes in a row count as one, for matching and for what is forwarded. Without it they stay, since upstreams differ about them.',
    false,
  ),
  trustedProxies: list(
    'Networks and addresses of proxies in front of this listener, and `unix` for peers on a Unix socket. What they say about their client (`X-Forwarded-For`, `Forwarded`, a PROXY header and their like) is believed; from everybody else it is replaced.',
    text('A network.', { longest: 64, example: '"10.0.0.0/8" "2001:db8::/32"' }),
    { security: 'Nobody is believed unless written here, so no client can choose its own address.' },
  ),
  proxyProtocol: choice(
    'The PROXY header, version 1 or 2, in front of each connection of a trusted proxy: `off`, `accept` one if it is there, or `require` it.',
    ['off', 'accept', 'require'],
    {
      fallback: 'off',
      security: 'Read only from trusted proxies; from anybody else it is a malformed request.',
    },
  ),
  traceContext: choice(
    "Whose `traceparent` is continued: that of `trusted` proxies, everybody's (`continue`), or nobody's (`restart`). Otherwise a trace is begun here.",
    ['trusted', 'continue', 'restart'],
    { fallback: 'trusted', security: 'A stranger can neither name our traces nor have them recorded.' },
  ),
  strictness: choice(
    'How requests are read: "strict" is RFC 9112 to the letter; "waf-lab" lets through the odd methods, targets and versions that tests of firewall rules send, but nothing that makes it doubtful where a message ends.',
    ['strict', 'waf-lab'],
    { fallback: 'strict', security: '"waf-lab" is refused on an address that others can reach.' },
  ),
  ...accessLists,
  limits: block('Bounds of each connection.', {
    maxConnections: integer(
      'Connections open at once on this listener; more are refused at accept.',
      proxyLimits.connectionsMax,
    ),
    maxHeaderBytes: optional(
      size(
        'All headers of one request together; more is answered 431. Without it, `limits.max-header-bytes` decides.',
        proxyLimits.headerBytesMax,
        { example: '"16KiB"' },
      ),
    ),
    maxHeaderCount: optional(
      integer(
        'Header lines of one request; more is answered 431. Without it, `limits.max-header-count` decides.',
        proxyLimits.headerCountMax,
        { example: '60' },
      ),
    ),
    maxRequestsPerConnection: integer(
      'Requests on one connection; the last is answered with `Connection: close`.',
      proxyLimits.requestsPerConnectionMax,
    ),
    bodyRateBytesLeast: size(
      'Bytes per second that a request body must bring, measured over each `body-idle-secs`; then 408. 0 asks for none.',
      proxyLimits.bodyRateBytesLeast,
      { key: 'min-body-rate', security: 'Ends slow-body attacks that send a byte now and then.' },
    ),
  }),
  timeouts: block('Deadlines of each connection.', {
    headerMs: secs('For the whole request head, from its first byte; then 408.', proxyLimits.headerMs, {
      security: 'Ends slow-header attacks (Slowloris).',
    }),
    bodyIdleMs: secs(
      'For a request body to go on, by as much as `min-body-rate` asks for; then 408.',
      proxyLimits.bodyIdleMs,
      {
        security: 'Ends slow-body attacks.',
      },
    ),
    writeIdleMs: secs(
      'For the client to take what waits for it of a reply, at most some 128 KiB; then the connection is cut.',
      proxyLimits.writeIdleMs,
      { security: 'Ends clients that ask for much and read nothing.' },
    ),
    keepaliveMs: secs('Between two requests on one connection; then it is closed.', proxyLimits.keepaliveMs),
    tlsHandshakeMs: secs('For the TLS handshake; then the connection is closed.', tlsLimits.handshakeMs, {
      security: 'Ends connections that begin a handshake and never finish it.',
    }),
  }),
});

/** What headers and query parameters are asked for. */
const conditions = (subject: string, example: string, nameOf: Shape | undefined) => ({
  name: text(`The name of the ${subject}.`, {
    longest: 200,
    example,
    ...(nameOf === undefined ? {} : { shape: nameOf }),
  }),
  value: list('Values, any of which it may have. With neither value nor `regex` it must be there.', text('A value.')),
  regex: optional(pattern('An expression (RE2) that matches somewhere in its value.', { example: '"^v[0-9]+$"' })),
});

const routes = named(
  'route',
  'Which request goes where. The first that matches, by priority, then by how specific it is, then by place in the file.',
  {
    priority: integer('Higher is tried first.', proxyLimits.priority, {
      words: { low: 10, normal: 50, high: 100, critical: 1000 },
    }),
    matches: block(
      'What a request must have. Several values of one key are alternatives; different keys must all hold; without any every request matches.',
      {
        host: list(
          'Host names, exact or `*.suffix`.',
          text('A host.', { shape: hostPattern, example: '"shop.example" "*.shop.example"' }),
        ),
        hostRegex: list(
          'Regular expressions (RE2) that match somewhere in the host: in lower case, without port.',
          pattern('An expression.', { example: '"^shop-[0-9]+[.]example$"' }),
        ),
        path: list('Exact paths.', text('A path.', { shape: absolutePath, example: '"/login"' })),
        pathPrefix: list(
          'Path prefixes, on segment boundaries: `/api` holds for `/api/v1`, not for `/apis`.',
          text('A prefix.', { shape: absolutePath, example: '"/api"' }),
        ),
        pathRegex: list(
          'Regular expressions (RE2) that match somewhere in the path.',
          pattern('An expression.', { example: '"^/v[0-9]+/"' }),
        ),
        method: list('Methods.', text('A method.', { shape: token, example: '"GET" "POST"' })),
        header: items(
          'name',
          'A header: that it is there, or has one of the values, or matches. Lines of one name are alternatives, those of different names must all hold. A header that is sent several times is asked line by line.',
          conditions('header, in any case', '"X-Beta"', matchedHeader),
          { rest: 'value', fallback: [], example: 'header "X-Beta" "1"' },
        ),
        queryParam: items(
          'name',
          'A parameter of the query, decoded, `+` as a blank: as with `header`; upper and lower case differ.',
          conditions('parameter', '"version"', undefined),
          { rest: 'value', fallback: [], example: 'query-param "version" "2"' },
        ),
        source: list(
          "Networks that the client's address is in.",
          network('A network.', { example: '"10.0.0.0/8" "2001:db8::/32"' }),
        ),
        scheme: list(
          'How the client asks, `http` or `https`; where a trusted proxy says it, what it says.',
          choice('A scheme.', ['http', 'https'], { example: '"http"' }),
        ),
      },
    ),
    upstream: optional(
      name('Upstream that the request is forwarded to.', { refersTo: 'upstreams', example: '"backend"' }),
    ),
    ...splitting,
    builtinHandler: optional(
      choice('An answer of the proxy itself, instead of an upstream.', [
        'status',
        'health',
        'echo',
        'not-found',
        'demo',
      ]),
    ),
    staticFiles: optional(staticFiles),
    retryPolicy: optional(retryPolicy),
    redirect: optional(redirect),
    rewrite: optional(rewrite),
    websocket: flag('Clients may switch from HTTP to WebSocket; without it they get an ordinary answer.', false),
    upgrade: list(
      'Other protocols that clients may switch to. What is sent then is relayed as bytes.',
      text('A protocol as `Upgrade` names it.', { shape: protocolName, example: '"tcp"' }),
    ),
    tunnel: block('Bounds of a connection whose protocol was switched, in place of `policies.timeout-secs`.', {
      idleTimeoutMs: secs('Without a byte in either direction; then it is ended.', proxyLimits.tunnelIdleMs),
      maxLifetimeMs: secs('However busy it is; then it is ended.', proxyLimits.tunnelLifetimeMs),
    }),
    ...accessLists,
    basicAuth: optional(basicAuth),
    waf: optional(routeWaf),
    filters: list(
      'Filters that the request passes, in this order.',
      name('A filter.', { refersTo: 'filters', example: '"screen"' }),
    ),
    errorPages: fileMap(
      'HTML files that stand in for our own error pages, by status; for clients that accept HTML, and not for replies of the upstream. `{status}` and `{request_id}` in them are replaced.',
      { names: pageName, example: 'error-pages { "404" "errors/404.html"; "5xx" "errors/5xx.html" }' },
    ),
    accessLog: choice(
      'Which exchanges have an access line: all, those that went wrong (a status from 400 up, or cut short), or none. What is left out is counted.',
      ['all', 'errors', 'off'],
      { fallback: 'all' },
    ),
    policies: block('How a request of this route is treated.', {
      failureMode: optional(
        choice(
          'What happens when an agent does not answer, where neither its filter nor the agent says it.',
          failureModes,
          {
            example: '"closed"',
          },
        ),
      ),
      timeoutMs: secs(
        'From the whole request to the beginning of its reply; then 504. A reply under way is bounded by `idle-secs` and `write-idle-secs`.',
        proxyLimits.exchangeMs,
      ),
      maxBodyBytes: optional(
        size(
          'Largest request body; more is answered 413. Without it, `limits.max-body-size` decides.',
          proxyLimits.bodyBytesMax,
          { key: 'max-body-size', example: '"2MiB"' },
        ),
      ),
      rateLimit: optional(rateLimit),
      maxInFlight: optional(maxInFlight),
      cors: optional(cors),
      securityHeaders: optional(securityHeaders),
      forwarded: flag('Also tells the upstream about the client in a `Forwarded` header (RFC 7239).', false),
      requestHeaders: block('Changes to the headers that the upstream receives.', headerRules),
      responseHeaders: block('Changes to the headers that the client receives.', headerRules),
    }),
  },
);

const upstreams = named('upstream', 'Where requests are forwarded to.', {
  target: items(
    'address',
    'One server of the upstream; repeat the key for more.',
    {
      address: address("The server's address.", { example: 'target "127.0.0.1:8081" weight=2' }),
      weight: integer(
        "Share of requests beside the other targets' weights; with 0 only clients that stick to it.",
        upstreamLimits.targetWeight,
      ),
      zone: optional(name('Where it stands; "locality-aware" prefers those in our own.', { example: '"eu-1a"' })),
    },
    { example: 'target "127.0.0.1:8081" weight=2' },
  ),
  ...balancing,
  tls: optional(upstreamTls),
  timeouts: block('Deadlines towards the targets.', {
    connectMs: secs(
      'To connect, with the handshake where TLS is spoken; then the next target is tried, in the end 502.',
      upstreamLimits.connectMs,
    ),
    responseHeadersMs: secs(
      "From the request's last byte to the reply's head; then 504.",
      upstreamLimits.responseHeadersMs,
    ),
    idleMs: secs(
      'Between two pieces of a reply; then the exchange is cut. Also for the target to take what waits for it of a request body; then 504.',
      upstreamLimits.idleMs,
    ),
  }),
  healthCheck: optional(healthCheck),
  ejection: optional(ejection),
  circuitBreaker: optional(circuitBreaker),
  panic: choice(
    'When probes and ejections leave out all targets: "use-all" sends to them all the same, since a guess is better than no answer; "refuse" answers 503.',
    ['use-all', 'refuse'],
    { fallback: 'use-all' },
  ),
  slowStartMs: secs(
    'A target that comes back gets a tenth of its weight, growing to all of it within this time; 0: all at once.',
    upstreamLimits.slowStartMs,
  ),
  connectionPool: block('Connections to the targets, per target and worker.', {
    maxConnections: integer(
      'How many may be open. More requests wait in order for `connect-secs`, at most 1024; then 503.',
      upstreamLimits.openConnectionsMax,
    ),
    maxLifetimeMs: secs(
      'How old one may grow, less up to a tenth by chance; it is closed after its exchange.',
      upstreamLimits.connectionLifetimeMs,
    ),
    maxIdle: integer('How many are kept.', upstreamLimits.pooledConnectionsMax),
    idleTimeoutMs: secs('How long one is kept unused.', upstreamLimits.pooledIdleMs),
  }),
});

const agents = named(
  'agent',
  'Programs of their own that are asked about requests. With `use` or `command` the stack runs the program; with neither it is expected to be running.',
  {
    use: optional(choice('A bundled agent.', ['chaos', 'denylist', 'echo', 'waf'])),
    command: list(
      'A program of yours and its arguments; `--socket PATH` is appended.',
      text('A word.', { example: '"/usr/local/bin/my-agent" "--verbose"' }),
    ),
    transport,
    ...asking,
    startupTimeoutMs: secs('For the program to become ready.', agentLimits.startupMs),
    restartPolicy: choice('When the program is started again after it ended.', ['always', 'on-failure', 'never'], {
      fallback: 'always',
    }),
    restartDelayMs: ms('Before the first restart; doubled for each failure that follows.', agentLimits.restartDelayMs),
    restartDelayMaxMs: ms('The longest such delay.', agentLimits.restartDelayMostMs),
    maxRestarts: integer(
      'Restarts within the window after which the agent counts as failed and is tried rarely. Failures fade with the time it runs.',
      agentLimits.restartsMax,
    ),
    restartWindowMs: secs('The window for `max-restarts`, of time spent running.', agentLimits.restartWindowMs),
    ...agentCare,
    env: secretMap('Environment of the program; it gets nothing else but PATH. Values are never shown.', {
      names: variableName,
      example: 'env { TOKEN "${API_TOKEN:-none}" }',
      security: 'Agents do not inherit the environment of the stack.',
    }),
    config: json('Handed to the agent as JSON when it is connected.', { example: 'config { paths "/admin" }' }),
  },
);

const filters = named('filter', 'Steps that routes put in front of their handler.', {
  type: choice('What kind of step: an agent is asked.', ['agent'], { fallback: 'agent' }),
  agent: name('The agent to ask.', { refersTo: 'agents', example: '"screen"' }),
  ...filtering,
});

const limits = block('Bounds of each worker as a whole.', {
  maxConnections: integer(
    'Connections of all listeners together; more are refused at accept.',
    proxyLimits.connectionsMax,
  ),
  maxConnectionsPerClient: integer(
    'Connections of one client address, to all workers; more are closed.',
    proxyLimits.connectionsPerClientMax,
    { security: 'One client cannot take every connection.' },
  ),
  maxInFlightRequests: integer(
    'Exchanges at once; more are answered 503 with Retry-After.',
    proxyLimits.exchangesInFlightMax,
  ),
  maxHeaderBytes: size(
    'All headers of one request together, where a listener says nothing; more is answered 431.',
    proxyLimits.headerBytesMax,
    { security: 'Bounds what an unauthenticated client can make the proxy hold.' },
  ),
  maxHeaderCount: integer(
    'Header lines of one request, where a listener says nothing; more is answered 431.',
    proxyLimits.headerCountMax,
  ),
  maxTunnels: integer(
    'Connections whose protocol was switched (WebSocket and others); more are answered 503.',
    proxyLimits.tunnelsMax,
    { security: 'Long-lived connections cannot take the places of all others.' },
  ),
  maxBodyBytes: size(
    'Largest request body where a route says nothing; more is answered 413.',
    proxyLimits.bodyBytesMax,
    { key: 'max-body-size', security: 'Bounds what one request can make an upstream receive.' },
  ),
  inspectionBytesMax: size(
    'Bodies held for agents, of all exchanges together; `on-too-large` says what happens to those that find no room.',
    inspectionLimits.memoryBytesMax,
    { key: 'inspection-memory', security: 'Uploads cannot take all memory because an agent looks at them.' },
  ),
});

const observability = block('What the stack tells about itself.', {
  logging: block('Log lines.', {
    level: choice('The least important events that are logged.', ['debug', 'info', 'warn', 'error'], {
      fallback: 'info',
    }),
    ...stackLog,
    accessLog: block('One line per exchange.', {
      path: text('`stdout`, or a file to append to.', {
        fallback: 'stdout',
        example: '"/var/log/sentinel-stack/access.log"',
      }),
      format: choice('`json`, or `combined` as Apache writes it.', ['json', 'combined'], { fallback: 'json' }),
      ...rotation,
    }),
    auditLog: block('One line of JSON per exchange that an agent stopped, changed, or did not answer.', {
      path: optional(
        text('`stdout`, or a file to append to. Without it there is none.', {
          example: '"/var/log/sentinel-stack/audit.log"',
        }),
      ),
      ...rotation,
    }),
  }),
});

/** The whole language. The order is the order of the reference. */
export const configSchema = block('The configuration of one stack.', {
  schemaVersion: choice('The version of the language that the file is written in.', [schemaVersion], {
    fallback: schemaVersion,
  }),
  system,
  admin,
  listeners,
  routes,
  upstreams,
  agents,
  filters,
  waf: optional(waf),
  challenge,
  limits,
  observability,
});

type Frozen<T> = T extends string | number | boolean | undefined | null
  ? T
  : T extends readonly (infer E)[]
    ? readonly Frozen<E>[]
    : T extends { reveal(): string }
      ? T
      : { readonly [K in keyof T]: Frozen<T[K]> };

/** What has been read and checked: every default filled in, durations in milliseconds, sizes in bytes, deeply frozen. */
export type Config = Frozen<z.output<typeof configSchema>>;
export type ListenerConfig = Config['listeners'][number];
export type RouteConfig = Config['routes'][number];
export type UpstreamConfig = Config['upstreams'][number];
export type AgentConfig = Config['agents'][number];
export type FilterConfig = Config['filters'][number];
