// Bodies of JSON as applications send them: objects of shops and calendars, GraphQL, JSON-RPC, patches, queries of search
// engines, webhooks, reports of errors and of browsers.

import { appHead } from './browsers.ts';
import { type CleanRequest, json, message, utf8 } from './message.ts';
import type { Random } from './random.ts';
import {
  cities,
  companies,
  email,
  fullName,
  isoTime,
  password,
  searchTerms,
  sentence,
  slug,
  streets,
} from './words.ts';

type Maker = (random: Random) => readonly [line: string, value: unknown];

const graphqlQueries = [
  'query Home($first: Int!, $after: String) {\n  posts(first: $first, after: $after, orderBy: {field: DATE, order: DESC}) {\n    pageInfo { hasNextPage endCursor }\n    nodes { id title excerpt(format: RENDERED) author { node { name } } }\n  }\n}',
  'mutation UpdateUser($input: UpdateUserInput!) {\n  updateUser(input: $input) {\n    user { id name email }\n    errors { field message }\n  }\n}',
  'query IntrospectionQuery { __schema { queryType { name } types { kind name fields(includeDeprecated: true) { name type { ofType { name } } } } } }',
  'fragment F on User { id ... on Admin { roles } }\nquery ($ids: [ID!] = ["a", "b"]) { nodes(ids: $ids) { ...F @include(if: true) } }',
] as const;

const makers: Readonly<Record<string, Maker>> = {
  order: (random) => [
    'POST /api/v1/orders',
    {
      customer: {
        name: fullName(random),
        email: email(random),
        address: { street: random.pick(streets), city: random.pick(cities), zip: random.digits(5) },
      },
      items: Array.from({ length: random.integer(1, 6) }, () => ({
        sku: `AB-${random.digits(5)}`,
        qty: random.integer(1, 9),
        price: random.integer(100, 99999) / 100,
        options: { size: 'M/L', note: random.chance(0.3) ? sentence(random) : null },
      })),
      coupon: 'SAVE10',
      total: 12.5,
      currency: 'EUR',
      createdAt: isoTime(random),
    },
  ],
  user: (random) => [
    'PUT /api/users/42',
    {
      id: random.uuid(),
      name: fullName(random),
      company: random.pick(companies),
      password: password(random),
      roles: ['admin', 'editor'],
      settings: { theme: 'dark', shortcuts: { save: 'ctrl+s' }, 'notifications.email': true },
      tags: [],
      lastLogin: null,
      avatar: `data:image/png;base64,iVBORw0KGgo${random.base64(random.integer(100, 800))}=`,
    },
  ],
  graphql: (random) => [
    'POST /graphql',
    {
      operationName: null,
      query: random.pick(graphqlQueries),
      variables: {
        first: 10,
        after: null,
        input: {
          id: random.uuid(),
          name: fullName(random),
          bio: sentence(random),
          where: { status: { _eq: 'OPEN' }, _or: [{ a: { _gt: 1 } }] },
        },
      },
    },
  ],
  rpc: (random) => [
    'POST /jsonrpc',
    {
      jsonrpc: '2.0',
      method: 'object.execute_kw',
      params: [
        'db',
        2,
        'pw',
        'res.partner',
        'search_read',
        [
          [
            ['is_company', '=', true],
            ['name', 'ilike', random.pick(searchTerms)],
          ],
        ],
        { fields: ['name', 'country_id'], limit: 5 },
      ],
      id: random.integer(1, 1e6),
    },
  ],
  search: (random) => [
    'POST /api/_search',
    {
      query: {
        bool: {
          must: [{ match: { title: random.pick(searchTerms) } }],
          filter: [{ range: { date: { gte: 'now-7d/d', lt: 'now' } } }],
        },
      },
      sort: [{ _score: 'desc' }],
      size: 20,
      aggs: { by_tag: { terms: { field: 'tags.keyword' } } },
    },
  ],
  patch: (random) => [
    'PATCH /api/docs/1',
    [
      { op: 'replace', path: '/title', value: random.pick(searchTerms) },
      { op: 'add', path: '/tags/-', value: slug(random) },
      { op: 'remove', path: '/a~1b' },
    ],
  ],
  message: (random) => [
    'POST /api/rooms/7/messages',
    {
      text: sentence(random),
      mentions: ['@anna'],
      attachments: [{ url: 'https://cdn.example.org/a/b.png?w=200&h=100', mime: 'image/png' }],
      nonce: random.digits(18),
      ts: 1719820800.123,
    },
  ],
  events: (random) => [
    'POST /v1/batch',
    {
      batch: Array.from({ length: random.integer(1, 8) }, () => ({
        type: 'track',
        event: 'Product Viewed',
        anonymousId: random.uuid(),
        timestamp: isoTime(random),
        properties: {
          url: `https://www.example.org/search?q=${encodeURIComponent(random.pick(searchTerms))}`,
          title: `${random.pick(searchTerms)} | Example`,
          price: 19.99,
          path: 'html > body > div#app > ul > li:nth-child(3)',
        },
        context: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', locale: 'de-DE', screen: { width: 1920 } },
      })),
      sentAt: isoTime(random),
    },
  ],
  webhook: (random) => [
    'POST /hooks/github',
    {
      ref: 'refs/heads/main',
      before: random.hex(40),
      after: random.hex(40),
      repository: {
        id: 1,
        full_name: 'anna/demo',
        html_url: 'https://github.com/anna/demo',
        ssh_url: 'git@github.com:anna/demo.git',
      },
      commits: [
        {
          id: random.hex(40),
          message: random.pick([
            'Fix #12: drop table prefix; update docs',
            "Don't select from empty union",
            'exec: sleep before retry (#34)',
            'WIP && cleanup',
            "Merge branch 'a' into main",
            'Revert "Add <br> to template"',
          ]),
          timestamp: isoTime(random),
          author: { name: fullName(random), email: email(random) },
          added: ['src/system/exec.ts', '.github/workflows/ci.yml'],
          modified: ['README.md', 'package.json', 'config/database.yml'],
        },
      ],
    },
  ],
  payment: (random) => [
    'POST /hooks/stripe',
    {
      id: `evt_${random.base64url(24)}`,
      object: 'event',
      type: 'charge.succeeded',
      data: {
        object: {
          amount: 1250,
          currency: 'eur',
          description: `Order #${random.digits(5)} - ${random.pick(companies)}`,
          billing_details: { name: fullName(random) },
          outcome: { network_status: 'approved_by_network', seller_message: 'Payment complete.' },
          receipt_url: `https://pay.example.com/receipts/${random.base64url(60)}`,
        },
      },
      livemode: false,
    },
  ],
  timetable: (random) => [
    'POST /api/calendar/events',
    {
      summary: random.pick(searchTerms),
      description: sentence(random),
      start: { dateTime: '2024-07-01T10:00:00+02:00', timeZone: 'Europe/Berlin' },
      recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20241231T235959Z'],
      location: random.pick(streets),
    },
  ],
  formula: (random) => [
    'POST /api/sheets/1/values',
    {
      range: "'Sheet 1'!A1:D5",
      values: [
        ['Name', 'Sum'],
        [fullName(random), '=SUM(A1:A10)'],
        ['x', '=IF(B2>10;"yes";"no")'],
        ['y', '=VLOOKUP(A2,Data!$A$1:$C$99,2,FALSE)'],
      ],
    },
  ],
  'text of a model': (random) => [
    'POST /v1/chat/completions',
    {
      model: 'small-2024',
      temperature: 0.7,
      messages: [
        { role: 'system', content: 'You are a helpful assistant. Answer in <answer></answer> tags.' },
        { role: 'user', content: `${sentence(random)}\nWrite a short poem about ${random.pick(searchTerms)}.` },
      ],
    },
  ],
  location: (random) => [
    'POST /api/track',
    {
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          geometry: {
            type: 'Polygon',
            coordinates: [
              [
                [13.1, 52.3],
                [13.2, 52.4],
                [13.1, 52.3],
              ],
            ],
          },
          properties: { name: random.pick(cities), device: random.uuid() },
        },
      ],
    },
  ],
};

export const jsonKinds = Object.keys(makers);

export function jsonCall(random: Random): CleanRequest {
  const kind = random.pick(jsonKinds);
  const [line, value] = (makers[kind] ?? (() => ['POST /', {}]))(random);
  return json(
    `json: ${kind}`,
    random,
    line,
    value,
    random.chance(0.2) ? 'application/json; charset=utf-8' : 'application/json',
  );
}

/** What browsers send of themselves: errors, violated policies, measurements, mostly as plain text. */
export function browserReport(random: Random): CleanRequest {
  const make = [errorReport, policyReport, measurement, eventBeacon][random.integer(0, 3)] ?? eventBeacon;
  return make(random);
}

function plainText(kind: string, random: Random, line: string, body: string): CleanRequest {
  return message(kind, line, [...appHead(random), ['Content-Type', 'text/plain;charset=UTF-8']], utf8(body));
}

function errorReport(random: Random): CleanRequest {
  const frame = {
    filename: 'https://app.example.org/assets/index-a1.js',
    function: 'HTMLButtonElement.<anonymous>',
    lineno: 1,
    colno: 4242,
  };
  const value = "Cannot read properties of undefined (reading 'id')";
  const lines = [
    {
      event_id: random.hex(32),
      sent_at: isoTime(random),
      sdk: { name: 'sentry.javascript.browser', version: '8.13.0' },
    },
    { type: 'event' },
    {
      exception: { values: [{ type: 'TypeError', value, stacktrace: { frames: [frame] } }] },
      request: { url: 'https://app.example.org/' },
    },
  ];
  const line = `POST /api/42/envelope/?sentry_key=${random.hex(32)}&sentry_version=7`;
  return plainText('report: error', random, line, lines.map((one) => JSON.stringify(one)).join('\n'));
}

function policyReport(random: Random): CleanRequest {
  const report = {
    'document-uri': 'https://www.example.org/',
    'violated-directive': 'script-src-elem',
    'original-policy': "default-src 'self'; script-src 'self' 'nonce-abc'; report-uri /csp-report",
    'blocked-uri': 'inline',
    'line-number': 12,
  };
  return json('report: policy', random, 'POST /csp-report', { 'csp-report': report }, 'application/csp-report');
}

function measurement(random: Random): CleanRequest {
  const id = `v4-${random.digits(13)}-${random.digits(13)}`;
  const body = { name: 'LCP', value: 1234.5, id, url: '/a?b=c&d', ua: 'Mozilla/5.0' };
  return plainText('report: measurement', random, 'POST /vitals', JSON.stringify(body));
}

function eventBeacon(random: Random): CleanRequest {
  const line = `POST /j/collect?v=1&t=event&ec=${encodeURIComponent('Outbound Links')}&ea=click`;
  return plainText('report: beacon', random, line, '');
}
