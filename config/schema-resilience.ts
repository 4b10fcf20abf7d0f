// The part of the schema about targets that fail: probes, ejection, circuit breakers, retries. Entries as in schema.ts,
// which puts them into the language. What off means here: a block that is not written does nothing and costs nothing.

import { block, choice, integer, list, ms, optional, pattern, type Shape, secs, text } from './field.ts';
import { upstreamLimits } from './limits.ts';
import { authority, token } from './shapes.ts';

const requestTarget: Shape = {
  expression: /^\/[!$%&'()*+,./0-9:;=?@A-Z_a-z~-]*$/,
  words: "begin with '/' and hold only what a path and a query may (RFC 3986)",
};
const statusRange: Shape = {
  expression: /^[1-5]\d\d(?:-[1-5]\d\d)?$/,
  takesNumbers: true,
  words: 'be a status such as "200", or a range such as "200-299"',
};

export const retryPolicy = block(
  'When a request is tried again, at another target first. Without this block only what has not been sent yet is: to the next address or target.',
  {
    maxAttempts: integer('Attempts together with the first.', upstreamLimits.attemptsMax),
    on: list(
      'Causes: no target can be connected to, the connection ends without a reply, there is none in time, or it has this status. Without any: connect-failure, reset, 502, 503, 504.',
      choice('A cause.', ['connect-failure', 'reset', 'timeout', '429', '500', '502', '503', '504'], {
        example: '"connect-failure" "503"',
      }),
    ),
    methods: list(
      'Methods that may be sent again once anything of the request was sent. Without any, those that may be by RFC 9110: GET, HEAD, OPTIONS, PUT, DELETE, TRACE.',
      text('A method.', { shape: token, example: '"GET" "POST"' }),
      { security: 'A request that changes something is not sent twice unless its method is written here.' },
    ),
    perTryTimeoutMs: optional(
      ms(
        "From sending the request to the head of its reply, in each attempt; without it the upstream's deadlines.",
        upstreamLimits.perTryMs,
        {
          example: '2000',
        },
      ),
    ),
    backoffMs: ms(
      'Before the first retry; doubled for each further one, up to 2 s, and up to half taken off by chance.',
      upstreamLimits.backoffMs,
    ),
    budgetPercent: integer(
      'Retries of an upstream, as a share of the requests of the last 10 s; ten are always allowed. Beyond, the first outcome stands.',
      upstreamLimits.retryBudgetPercent,
      { security: 'A dying upstream gets no storm of retries.' },
    ),
  },
);

export const healthCheck = block(
  'Targets are asked in rhythm whether they are well, by every worker; those that are not get no requests.',
  {
    type: choice('How: `tcp` connects, `http` asks for a path and looks at the reply.', ['tcp', 'http'], {
      fallback: 'tcp',
      opens: true,
    }),
    path: text('The path that is asked for.', {
      shape: requestTarget,
      longest: 1024,
      fallback: '/',
      example: '"/health"',
    }),
    host: optional(
      text("The Host of the request; without it the target's address.", {
        shape: authority,
        example: '"shop.example"',
      }),
    ),
    expectedStatus: list(
      'Statuses that mean well, alone or as ranges. Without any: 200-399.',
      text('A status or a range.', { shape: statusRange, example: '"200-299" "401"' }),
    ),
    bodyMatch: optional(
      pattern("An expression (RE2) that matches somewhere in the reply's first 64 KiB.", {
        example: '"\\"status\\": *\\"ok\\""',
      }),
    ),
    intervalMs: secs(
      'From one probe to the next. A target that is down is probed more often, so that it is back within one interval.',
      upstreamLimits.healthIntervalMs,
    ),
    timeoutMs: secs('For the whole probe.', upstreamLimits.healthTimeoutMs),
    healthyThreshold: integer(
      'Good probes in a row until a target that is down counts as well.',
      upstreamLimits.healthyThreshold,
    ),
    unhealthyThreshold: integer(
      'Bad probes in a row until a target counts as down. The first of all decides alone.',
      upstreamLimits.unhealthyThreshold,
    ),
    jitterPercent: integer(
      'How much of the interval chance may take off, so that workers do not probe together.',
      upstreamLimits.healthJitterPercent,
      { key: 'jitter' },
    ),
  },
);

export const ejection = block('Targets whose replies are bad are left out for a while. 0 switches a reason off.', {
  consecutive5xx: integer('Replies of 5xx in a row.', upstreamLimits.ejectAfter5xx, { key: 'consecutive-5xx' }),
  consecutiveConnectFailures: integer('Failures to connect in a row.', upstreamLimits.ejectAfterConnectFailures),
  slowFactor: integer(
    'A mean time to the head of 50 replies that is so many times the median of the other targets, and above 20 ms.',
    upstreamLimits.ejectSlowFactor,
    { example: '5' },
  ),
  ejectionMs: secs(
    'For how long the first time; twice as long each further time, forgiven as time passes.',
    upstreamLimits.ejectionMs,
  ),
  ejectionMaxMs: secs('The longest.', upstreamLimits.ejectionMsMost, { key: 'max-ejection-secs' }),
  maxEjectionPercent: integer(
    'How many of the targets may be out at once, rounded down; never all.',
    upstreamLimits.ejectedPercentMax,
  ),
});

export const circuitBreaker = block(
  'Each target has a breaker: after failures in a row (no reply, or 502, 503, 504) it gets no requests for a while, then a few trials, whose outcome decides.',
  {
    failureThreshold: integer('Failures in a row that open it.', upstreamLimits.breakerFailures),
    successThreshold: integer('Trials in a row that must succeed until it closes.', upstreamLimits.breakerSuccesses),
    recoveryTimeoutMs: secs('From opening to the first trial.', upstreamLimits.breakerRecoveryMs),
    halfOpenMax: integer('Trials at once.', upstreamLimits.breakerTrialsMax, { key: 'half-open-max-requests' }),
  },
);
