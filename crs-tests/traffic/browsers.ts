// The heads of ordinary requests: browsers, applications on phones, feed readers and good robots, with the cookies that
// shops, frameworks and analytics tools leave behind, in the form in which those tools write them.

import type { Random } from './random.ts';
import { searchTerms } from './words.ts';

export type Header = readonly [name: string, value: string];

const browserAgents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.6422.165 Mobile Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87',
  'Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/TQ3A.230901.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.6367.179 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/467.0.0.0.0;]',
  'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/320.0.640312304 Mobile/15E148 Safari/604.1',
] as const;

const otherAgents = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Feedly/1.0 (+https://feedly.com/poller.html; 12 subscribers; like FeedFetcher-Google)',
  'okhttp/4.12.0',
  'MyShop/5.2.1 (com.example.shop; build:1042; iOS 17.5.1) Alamofire/5.9.1',
  'Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)',
  'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
  'GitHub-Hookshot/044aadd',
  'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Mozilla/5.0 (Windows) mirall/3.13.0stable-Win64 (build 20240425) (Nextcloud, windows-10.0.19045 ClientArchitecture: x86_64 OsArchitecture: x86_64)',
  'DAVx5/4.4.1-ose (2024/06/12; dav4jvm; okhttp/4.12.0) Android/14',
] as const;

const languages = [
  'en-US,en;q=0.9',
  'de-DE,de;q=0.9,en;q=0.8',
  'fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7',
  'es-ES,es;q=0.8,en-US;q=0.5,en;q=0.3',
  'ja',
  'pt-BR,pt;q=0.9',
  'zh-CN,zh;q=0.9',
  'pl,en-US;q=0.7,en;q=0.3',
] as const;

const consent = (random: Random): string =>
  encodeURIComponent(
    `{stamp:'${random.base64(40)}==',necessary:true,preferences:${random.chance(0.5)},statistics:true,marketing:false,method:'explicit',ver:1,utc:17${random.digits(11)},region:'de'}`,
  );

/** Name and value as they are sent. */
const cookieMakers: readonly ((random: Random) => string)[] = [
  (random) => `_ga=GA1.2.${random.digits(9)}.${random.digits(10)}`,
  (random) =>
    `_ga_${random.text('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789', 10)}=GS1.1.${random.digits(10)}.${random.integer(1, 40)}.1.${random.digits(10)}.60.0.0`,
  (random) => `_gid=GA1.2.${random.digits(9)}.${random.digits(10)}`,
  (random) => `_gcl_au=1.1.${random.digits(9)}.${random.digits(10)}`,
  (random) => `_fbp=fb.1.${random.digits(13)}.${random.digits(10)}`,
  (random) => `_fbc=fb.1.${random.digits(13)}.IwAR${random.base64url(56)}`,
  (random) =>
    `_hjSessionUser_${random.digits(7)}=${encodeURIComponent(Buffer.from(`{"id":"${random.uuid()}","created":${random.digits(13)},"existing":true}`).toString('base64'))}`,
  (random) => `_pk_id.1.${random.hex(4)}=${random.hex(16)}.${random.digits(10)}.`,
  (random) =>
    `_pk_ref.1.${random.hex(4)}=${encodeURIComponent(`["","",${random.digits(10)},"https://www.google.com/search?q=${random.pick(searchTerms)}"]`)}`,
  (random) =>
    `__utmz=${random.digits(8)}.${random.digits(10)}.1.1.utmcsr=google|utmccn=(organic)|utmcmd=organic|utmctr=(not%20provided)`,
  (random) =>
    `_clck=${random.text('abcdefghijklmnopqrstuvwxyz0123456789', 7)}|2|fm${random.hex(1)}|0|1${random.digits(3)}`,
  (random) =>
    `OptanonConsent=isGpcEnabled=0&datestamp=Mon+Jul+01+2024+10%3A15%3A30+GMT%2B0200+(Central+European+Summer+Time)&version=202405.1.0&hosts=&consentId=${random.uuid()}&interactionCount=1&groups=C0001%3A1%2CC0002%3A0%2CC0003%3A1&geolocation=DE%3BBE&AwaitingReconsent=false`,
  (random) => `CookieConsent=${consent(random)}`,
  (random) =>
    `cookieyes-consent=consentid:${random.base64(32)},consent:yes,action:yes,necessary:yes,functional:no,analytics:yes`,
  (random) => `euconsent-v2=CP${random.base64url(60)}.YAAAAAAAAAAA`,
  (random) =>
    `mp_${random.hex(32)}_mixpanel=${encodeURIComponent(`{"distinct_id": "$device:${random.uuid()}","$device_id": "${random.uuid()}","$initial_referrer": "https://www.google.com/","$initial_referring_domain": "www.google.com","$search_engine": "google"}`)}`,
  (random) => `ajs_user_id=%22${random.uuid()}%22`,
  (random) =>
    `intercom-session-${random.text('abcdefghijklmnopqrstuvwxyz0123456789', 8)}=${random.base64(60)}--${random.base64(27)}==`,
  (random) =>
    `amplitude_id_${random.hex(32)}example.org=${Buffer.from(`{"deviceId":"${random.uuid()}R","userId":null,"optOut":false,"sessionId":${random.digits(13)}}`).toString('base64')}`,
  (random) => `__stripe_mid=${random.uuid()}${random.hex(6)}`,
  (random) => `__cf_bm=${random.base64url(43)}-${random.digits(10)}-1.0.1.1-${random.base64url(86)}`,
  (random) => `hubspotutk=${random.hex(32)}`,
  (random) => `__hssc=${random.digits(8)}.1.${random.digits(13)}`,
  (random) => `PHPSESSID=${random.text('abcdefghijklmnopqrstuvwxyz0123456789', 26)}`,
  (random) => `JSESSIONID=${random.hex(32).toUpperCase()}.node1`,
  (random) => `connect.sid=s%3A${random.base64url(32)}.${encodeURIComponent(random.base64(43))}`,
  (random) => `csrftoken=${random.base64url(64)}`,
  (random) =>
    `XSRF-TOKEN=${encodeURIComponent(`${Buffer.from(`{"iv":"${random.base64(22)}==","value":"${random.base64(120)}","mac":"${random.hex(64)}","tag":""}`).toString('base64')}`)}`,
  (random) => `session=eyJ${random.base64url(40)}.Zo${random.base64url(4)}.${random.base64url(27)}`,
  (random) => `token=eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ${random.base64url(120)}.${random.base64url(342)}`,
  (random) =>
    `wordpress_logged_in_${random.hex(32)}=admin%7C17${random.digits(8)}%7C${random.base64url(43)}%7C${random.hex(64)}`,
  (random) =>
    `wp-settings-${random.integer(1, 9)}=libraryContent%3Dbrowse%26editor%3Dtinymce%26hidetb%3D1%26posts_list_mode%3Dlist`,
  (random) => `woocommerce_cart_hash=${random.hex(32)}`,
  (random) =>
    `recently_viewed=${encodeURIComponent(JSON.stringify(Array.from({ length: 4 }, () => ({ id: random.integer(1, 9999), t: random.digits(10) }))))}`,
  (random) =>
    `theme=${random.pick(['dark', 'light', 'auto'])}; lang=${random.pick(['en', 'de-DE', 'fr'])}; tz=${encodeURIComponent('Europe/Berlin')}`,
  (random) => `SERVERID=web${random.integer(1, 9)}|${random.base64url(5)}|${random.base64url(5)}`,
  (random) => `last_search=${encodeURIComponent(random.pick(searchTerms))}`,
];

export function cookies(random: Random): readonly Header[] {
  if (random.chance(0.2)) return [];
  return [
    [
      'Cookie',
      random
        .some(cookieMakers, random.integer(1, 9))
        .map((make) => make(random))
        .join('; '),
    ],
  ];
}

export function browserHead(
  random: Random,
  accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
): Header[] {
  return [
    ['Host', random.pick(['www.example.org', 'shop.example.com', 'example.net', 'app.example.io:8443'])],
    ['User-Agent', random.pick(browserAgents)],
    ['Accept', accept],
    ['Accept-Language', random.pick(languages)],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
    ...referer(random),
    ...(random.chance(0.7)
      ? ([
          ['Sec-Fetch-Dest', 'empty'],
          ['Sec-Fetch-Mode', 'cors'],
          ['Sec-Fetch-Site', 'same-origin'],
        ] as const)
      : []),
    ...(random.chance(0.4)
      ? ([
          ['sec-ch-ua', '"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"'],
          ['sec-ch-ua-mobile', '?0'],
          ['sec-ch-ua-platform', '"Windows"'],
        ] as const)
      : []),
    ...(random.chance(0.3) ? ([['If-None-Match', `W/"${random.hex(8)}-${random.hex(12)}"`]] as const) : []),
    ...(random.chance(0.3)
      ? ([
          ['DNT', '1'],
          ['Upgrade-Insecure-Requests', '1'],
        ] as const)
      : []),
    ...cookies(random),
  ];
}

function referer(random: Random): readonly Header[] {
  const kind = random.integer(0, 5);
  if (kind === 0) return [];
  if (kind === 1) return [['Referer', 'https://www.google.com/']];
  if (kind === 2)
    return [
      [
        'Referer',
        `https://www.example.org/search?q=${encodeURIComponent(random.pick(searchTerms))}&page=${random.integer(1, 9)}`,
      ],
    ];
  if (kind === 3)
    return [
      [
        'Referer',
        `https://l.facebook.com/l.php?u=${encodeURIComponent(`https://www.example.org/a?fbclid=IwAR${random.base64url(40)}`)}`,
      ],
    ];
  return [
    [
      'Referer',
      `https://www.example.org/${random.pick(['', 'shop/', 'blog/2024/05/a-b-c.html', 'wp-admin/post.php?post=12&action=edit', 'account?tab=orders#o-12'.replace('#', '%23')])}`,
    ],
  ];
}

export function appHead(random: Random): Header[] {
  return [
    ['Host', 'api.example.org'],
    ['User-Agent', random.pick(random.chance(0.5) ? otherAgents : browserAgents)],
    ['Accept', random.pick(['application/json', '*/*', 'application/json, text/plain, */*'])],
    ...(random.chance(0.6)
      ? ([
          ['Authorization', `Bearer eyJhbGciOiJIUzI1NiJ9.eyJ${random.base64url(100)}.${random.base64url(43)}`],
        ] as const)
      : []),
    ...(random.chance(0.4) ? ([['X-Requested-With', 'XMLHttpRequest']] as const) : []),
    ...(random.chance(0.4) ? ([['Origin', 'https://app.example.org']] as const) : []),
    ...(random.chance(0.3)
      ? ([
          ['X-Request-Id', random.uuid()],
          ['traceparent', `00-${random.hex(32)}-${random.hex(16)}-01`],
        ] as const)
      : []),
    ...(random.chance(0.3) ? cookies(random) : []),
  ];
}
