// The part of the schema that says which target a request goes to: the algorithms of `load-balancing` with the blocks of
// their parameters, and what a route does with several upstreams (`split`, `mirror`). As schema.ts, whose part it is. Each
// block belongs to some algorithms (`parametersOf`) and is refused beside any other: no parameter without an effect.

import {
  block,
  choice,
  integer,
  items,
  list,
  name,
  optional,
  type Shape,
  secretFile,
  secs,
  size,
  text,
} from './field.ts';
import { balanceLimits } from './limits.ts';

const algorithms = [
  'round-robin',
  'weighted',
  'least-connections',
  'weighted-least-connections',
  'random',
  'power-of-two-choices',
  'ip-hash',
  'consistent-hash',
  'maglev',
  'peak-ewma',
  'adaptive',
  'locality-aware',
  'deterministic-subset',
  'least-tokens-queued',
] as const;

/** Which blocks an algorithm reads. */
export const parametersOf = {
  hash: ['consistent-hash', 'maglev'],
  measuring: ['peak-ewma', 'adaptive'],
  locality: ['locality-aware'],
  subset: ['deterministic-subset'],
  tokens: ['least-tokens-queued'],
  sticky: ['sticky'],
} as const;

// RFC 6265 section 4.1.1: a token. `__Host-` and `__Secure-` would promise more than an attribute here keeps.
const cookieName: Shape = {
  expression: /^(?!__)[\w!#$%&'*+.^`|~-]{1,100}$/,
  words: 'be the name of a cookie: letters, digits, dashes and the like, not beginning with two underscores',
};
const cookiePath: Shape = {
  expression: /^\/[\x21-\x3a\x3c-\x7e]{0,200}$/,
  words: "begin with '/' and hold no blanks or semicolons",
};
const header: Shape = { expression: /^[\w!#$%&'*+.^`|~-]{1,200}$/, words: 'be the name of a header' };

/** What stands in an upstream. */
export const balancing = {
  loadBalancing: choice('How a target is picked; docs/upstreams.md tells them apart.', [...algorithms, 'sticky'], {
    fallback: 'round-robin',
  }),
  hash: block('What a request is known by, for "consistent-hash" and "maglev".', {
    by: choice(
      'Requests that are alike in this go to the same target. Where the header or cookie is missing, the client address counts.',
      ['client', 'path', 'header', 'cookie'],
      { fallback: 'client' },
    ),
    of: optional(text('The name of the header or cookie.', { shape: header, example: '"X-Tenant"' })),
    maxLoadPercent: integer(
      'For "consistent-hash": how much more than its share a target may have in flight; beyond, the next on the ring takes over.',
      balanceLimits.loadPercentMax,
    ),
  }),
  measuring: block('How targets are judged, for "peak-ewma" and "adaptive".', {
    decayMs: secs(
      'How long what was measured goes on to count: after this time it counts a third.',
      balanceLimits.decayMs,
    ),
  }),
  locality: block('When other zones are asked, for "locality-aware".', {
    maxInFlight: integer(
      'Requests in flight at a target, per worker and times its weight, from which on another is asked; when all of our zone have so many, one of another zone.',
      balanceLimits.inFlightPerTargetMax,
    ),
  }),
  subset: block('How many targets each worker uses, for "deterministic-subset".', {
    size: integer('Targets.', balanceLimits.subsetSize),
  }),
  tokens: block('How the work in a request is estimated, for "least-tokens-queued".', {
    header: optional(
      text(
        'A header of requests that says how many tokens they are; without it, or without a number in it, the length of the body counts.',
        {
          shape: header,
          example: '"X-Token-Estimate"',
        },
      ),
    ),
    bytesPerToken: integer('Bytes of a body that count as one token.', balanceLimits.bytesPerToken),
  }),
  sticky: optional(
    block('The signed cookie that keeps a client on its target, for "sticky".', {
      secretFile: secretFile(
        'File with the secret that the cookie is signed with: the same for all workers and hosts, and after a restart.',
        {
          key: 'secret-file',
          example: '"/etc/sentinel-stack/sticky.secret"',
          security: 'There is no default: without the secret nobody can make a cookie that leads to a target.',
        },
      ),
      cookieName: text('The name of the cookie.', { fallback: 'sentinel-sticky', shape: cookieName }),
      ttlMs: secs(
        'How long a client stays on its target after its last request, to within twice that; 0 until its browser is closed.',
        balanceLimits.cookieTtlMs,
      ),
      path: text('Paths that the cookie is sent back for.', { fallback: '/', shape: cookiePath }),
      sameSite: choice('`SameSite` of the cookie.', ['lax', 'strict', 'none'], { fallback: 'lax' }),
      secure: choice(
        '`Secure` of the cookie: where the client came by https (`auto`), or `always`, or `never`.',
        ['auto', 'always', 'never'],
        { fallback: 'auto' },
      ),
      fallback: choice('How a target is picked for a client without a cookie that leads anywhere.', algorithms, {
        fallback: 'round-robin',
      }),
    }),
  ),
};

const forcing = (subject: string) => ({
  name: text(`The name of the ${subject}.`, { shape: header, example: '"X-Canary"' }),
  value: list('Values, any of which it may have. Without any it must be there.', text('A value.')),
});

/** What stands in a route. */
export const splitting = {
  split: optional(
    block(
      'Several upstreams instead of one: each gets a share of the requests, and those that ask for it by a header or cookie.',
      {
        upstream: items(
          'name',
          'One of the upstreams; repeat the key for more.',
          {
            name: name('The upstream.', { refersTo: 'upstreams', example: 'upstream "green" weight=5' }),
            weight: integer(
              "Share of requests beside the others' weights; 0 takes only those that ask for it.",
              balanceLimits.branchWeight,
            ),
            header: items(
              'name',
              'A request with this header goes to this upstream, whatever its weight.',
              forcing('header'),
              {
                rest: 'value',
                fallback: [],
                example: 'header "X-Canary" "1"',
              },
            ),
            cookie: items(
              'name',
              'A request with this cookie goes to this upstream, whatever its weight.',
              forcing('cookie'),
              {
                rest: 'value',
                fallback: [],
                example: 'cookie "canary" "1"',
              },
            ),
          },
          { example: 'upstream "green" weight=5 { header "X-Canary" "1" }' },
        ),
        sticky: choice(
          'What keeps a client with its upstream: nothing (`off`), its address (`client`), or a cookie of ours (`cookie`).',
          ['off', 'client', 'cookie'],
          { fallback: 'off' },
        ),
      },
    ),
  ),
  mirror: optional(
    block(
      'Copies of requests to another upstream, whose replies are thrown away. The original never waits for its copy.',
      {
        upstream: name('The upstream that receives the copies.', { refersTo: 'upstreams', example: '"shadow"' }),
        percent: integer('Share of the requests that are copied.', balanceLimits.mirrorPercent),
        maxBodyBytes: size(
          'A request with a longer body is not copied, and counted.',
          balanceLimits.mirrorBodyBytesMax,
          {
            key: 'max-body-size',
          },
        ),
        maxInFlight: integer(
          'Copies under way at once, per worker; further ones are left out, and counted.',
          balanceLimits.mirrorsInFlightMax,
        ),
      },
    ),
  ),
};
