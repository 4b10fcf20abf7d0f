// Requests without a body: pages, assets, searches in many languages, lists with filters, links with the tails that
// advertising and analytics put on them, sign-ins by way of another site.

import { appHead, type Header } from './browsers.ts';
import { type CleanRequest, formEscape, message, page, query } from './message.ts';
import type { Random } from './random.ts';
import { cities, companies, email, isoTime, searchTerms, slug } from './words.ts';

export function asset(random: Random): CleanRequest {
  const hash = random.hex(8);
  const target = random.pick([
    `/assets/index-${random.base64url(8)}.js`,
    `/static/js/main.${hash}.chunk.js`,
    `/_next/static/chunks/pages/%5Bslug%5D-${hash}.js`,
    `/_next/image?url=%2F_next%2Fstatic%2Fmedia%2Fhero.${hash}.png&w=640&q=75`,
    `/wp-content/uploads/2024/05/bild-${random.integer(1, 99)}-scaled.jpg`,
    `/wp-content/plugins/contact-form-7/includes/js/index.js?ver=5.9.${random.integer(1, 9)}`,
    `/wp-includes/css/dist/block-library/style.min.css?ver=6.5.5`,
    `/fonts/inter-v12-latin-regular.woff2`,
    '/favicon.ico',
    '/robots.txt',
    '/sitemap.xml',
    '/manifest.webmanifest',
    '/sw.js',
    '/.well-known/security.txt',
    '/.well-known/openid-configuration',
    '/apple-touch-icon-precomposed.png',
    `/img/${encodeURIComponent('Foto Größe (1).png')}`,
    `/media/catalog/product/cache/${random.hex(32)}/s/h/shirt_01.jpg`,
    `/downloads/Annual%20Report%20${random.integer(2000, 2025)}%20%28final%29.pdf`,
    `/css/style.css?v=${random.digits(10)}`,
    `/video/clip_${random.integer(1, 50)}.mp4`,
    `/api/v1/avatars/${random.uuid()}?size=64&d=identicon`,
  ]);
  return page('page: asset', random, target);
}

export function plainPage(random: Random): CleanRequest {
  const target = random.pick([
    '/',
    '/about-us',
    `/blog/${random.integer(2005, 2025)}/${random.integer(1, 12)}/${slug(random)}.html`,
    `/shop/p/${slug(random)}-${random.integer(1, 99999)}`,
    `/category/${slug(random)}?page=${random.integer(1, 30)}`,
    '/index.php?option=com_content&view=article&id=12:select-committee&catid=8',
    `/index.php?id=${random.integer(1, 999)}&L=1&cHash=${random.hex(32)}`,
    `/node/${random.integer(1, 999)}`,
    `/wiki/${encodeURIComponent(random.pick(['C++', 'AC/DC', "Schrödinger's cat", '東京', 'Union (set theory)', 'Drop_table', 'Möbius', 'C_Sharp']))}`,
    `/t/${slug(random)}/${random.integer(1, 9999)}/${random.integer(1, 50)}`,
    `/users/${random.uuid()}/orders`,
    `/~anna/notes.html`,
    '/login?next=%2Faccount%2Forders%3Ftab%3Dopen',
    '/de/kontakt/',
    `/event;jsessionid=${random.hex(32).toUpperCase()}?id=4`,
    `/maps/@52.5200066,13.404954,15z/data=!3m1!4b1`,
    `/p/${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 10)}/ref=sr_1_${random.integer(1, 20)}?ie=UTF8&qid=${random.digits(10)}&sr=8-3`,
    '/docs/v2/api-reference/users#delete'.split('#')[0] ?? '/',
    `/repo/-/blob/main/src/system/exec.ts?plain=1`,
    `/questions/${random.digits(7)}/how-to-select-from-a-union`,
  ]);
  return page('page: plain', random, target);
}

export function search(random: Random): CleanRequest {
  const term = random.pick(searchTerms);
  const target = random.pick([
    `/search?q=${formEscape(term)}`,
    `/?s=${formEscape(term)}&post_type=product`,
    `/suche?${query([
      ['q', term],
      ['sort', 'relevance'],
      ['ort', random.pick(cities)],
      ['umkreis', '25'],
    ])}`,
    `/api/search?query=${encodeURIComponent(term)}&limit=20&offset=0`,
    `/autocomplete?term=${encodeURIComponent(term.slice(0, random.integer(1, term.length)))}`,
    `/catalogsearch/result/?q=${formEscape(term)}`,
    `/search/${encodeURIComponent(term)}`,
    `/index.php?${query([
      ['searchword', term],
      ['ordering', 'newest'],
      ['searchphrase', 'all'],
    ])}`,
  ]);
  return page('page: search', random, target);
}

export function list(random: Random): CleanRequest {
  const target = random.pick([
    `/products?${query([
      ['filter[price][gte]', '10'],
      ['filter[price][lte]', '99.90'],
      ['filter[brand][]', random.pick(companies)],
      ['sort', '-created_at,name'],
      ['page[number]', '2'],
      ['page[size]', '25'],
    ])}`,
    `/api/orders?${query([
      ['status', 'open,paid'],
      ['from', isoTime(random)],
      ['to', isoTime(random)],
      ['order', 'created_at desc'],
      ['include', 'items.product,customer'],
    ])}`,
    `/odata/Products?$filter=${encodeURIComponent("Price gt 10 and startswith(Name,'A')")}&$select=Id,Name,Price&$orderby=${encodeURIComponent('Name desc')}&$top=20&$expand=Category`,
    `/api/v2/items?where=${encodeURIComponent(JSON.stringify({ price: { lt: 100 }, tags: ['new', 'sale'] }))}&fields=id,name`,
    `/table?${query([
      ['draw', '3'],
      ['columns[0][data]', 'id'],
      ['columns[0][search][value]', ''],
      ['order[0][column]', '1'],
      ['order[0][dir]', 'asc'],
      ['start', '0'],
      ['length', '50'],
      ['search[value]', random.pick(searchTerms)],
      ['_', random.digits(13)],
    ])}`,
    `/hotels?${query([
      ['ss', random.pick(cities)],
      ['checkin', '2024-08-01'],
      ['checkout', '2024-08-05'],
      ['group_adults', '2'],
      ['req_children', '1'],
      ['age', '7'],
      ['nflt', 'class=4;mealplan=1;price=EUR-50-200-1'],
    ])}`,
    `/api/users?fields=id,name,address(city,zip)&q=name:${encodeURIComponent('"Anna"')}+AND+age:[18+TO+30]`.replaceAll(
      '"',
      '%22',
    ),
    `/browse?color=red&color=blue&size=S-M&price=10..50&in_stock=true&rating=%3E%3D4`,
    `/jql?${query([
      ['jql', 'project = ABC AND status in (Open, "In Progress") ORDER BY created DESC'],
      ['maxResults', '50'],
    ])}`,
  ]);
  return page('page: list', random, target);
}

export function landing(random: Random): CleanRequest {
  const target = random.pick([
    `/?utm_source=newsletter&utm_medium=email&utm_campaign=${formEscape('Sommer-Sale 2024 | 50% & mehr')}&utm_content=button_1&utm_term=${formEscape(random.pick(searchTerms))}`,
    `/lp/a?gclid=Cj0KCQjw${random.base64url(84)}&gad_source=1`,
    `/?fbclid=IwZXh0bgNhZW0${random.base64url(70)}_aem_${random.base64url(22)}`,
    `/p?mc_cid=${random.hex(10)}&mc_eid=${random.hex(10)}`,
    `/unsubscribe?email=${formEscape(email(random))}&token=${random.hex(64)}`,
    `/r?url=${encodeURIComponent(`https://www.example.org/path?a=1&b=${random.pick(['x', 'y'])}`)}&sig=${random.base64url(27)}`,
    `/share?u=${encodeURIComponent('https://blog.example.org/2024/05/hello-world/')}&title=${encodeURIComponent('Hello, "World" & friends')}`,
    `/oembed?url=${encodeURIComponent('https://www.youtube.com/watch?v=dQw4w9WgXcQ')}&format=json&maxwidth=600`,
  ]);
  return page('page: landing', random, target);
}

export function signIn(random: Random): CleanRequest {
  const target = random.pick([
    `/oauth2/authorize?${query([
      ['response_type', 'code'],
      ['client_id', random.uuid()],
      ['redirect_uri', 'https://app.example.org/callback?x=1'],
      ['scope', 'openid profile email offline_access'],
      ['state', random.base64url(32)],
      ['nonce', random.base64url(22)],
      ['code_challenge', random.base64url(43)],
      ['code_challenge_method', 'S256'],
      ['prompt', 'select_account'],
    ])}`,
    `/callback?code=4/0A${random.base64url(70)}&scope=email+profile+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email+openid&authuser=0&prompt=none&state=${random.base64url(40)}`,
    `/saml/sso?SAMLRequest=${encodeURIComponent(random.base64(400))}&RelayState=${encodeURIComponent('https://app.example.org/home')}&SigAlg=${encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')}&Signature=${encodeURIComponent(`${random.base64(340)}==`)}`,
    `/account/login?ReturnUrl=%2Fconnect%2Fauthorize%2Fcallback%3Fclient_id%3Dspa%26redirect_uri%3Dhttps%253A%252F%252Fapp.example.org%252Fcb`,
    `/reset?token=eyJ${random.base64url(90)}.${random.base64url(43)}&email=${formEscape(email(random))}`,
  ]);
  return page('page: sign-in', random, target);
}

export function beacon(random: Random): CleanRequest {
  const target = random.pick([
    `/g/collect?v=2&tid=G-${random.text('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789', 10)}&gtm=45je46${random.hex(4)}v8${random.digits(8)}za200&_p=${random.digits(13)}&gcd=13l3l3l3l1&cid=${random.digits(9)}.${random.digits(10)}&ul=de-de&sr=1920x1080&uaa=x86&uafvl=Not%252FA)Brand%3B8.0.0.0%7CChromium%3B126.0.6478.127&dl=${encodeURIComponent(`https://www.example.org/search?q=${random.pick(searchTerms)}`)}&dt=${encodeURIComponent(`${random.pick(searchTerms)} | Example`)}&en=page_view&_et=1`,
    `/matomo.php?action_name=${encodeURIComponent(`${random.pick(searchTerms)} - Shop`)}&idsite=1&rec=1&r=${random.digits(6)}&h=10&m=15&s=30&url=${encodeURIComponent('https://www.example.org/a/b?c=d')}&_id=${random.hex(16)}&_cvar=${encodeURIComponent('{"1":["type","user"]}')}&pf_net=5&pdf=1&cookie=1&res=1920x1080`,
    `/tr/?id=${random.digits(15)}&ev=PageView&dl=${encodeURIComponent('https://www.example.org/')}&rl=&if=false&ts=${random.digits(13)}&cd[content_ids]=${encodeURIComponent(`["${random.integer(1, 999)}"]`)}&cd[value]=12.5&sw=1920&sh=1080&v=2.9.160&r=stable&ec=0&o=4126`,
    `/pixel.gif?e=click&p=${encodeURIComponent('div#main > ul.nav > li:nth-child(2) > a')}&t=${random.digits(13)}`,
  ]);
  const headers: Header[] = [...appHead(random)];
  return message('page: beacon', `GET ${target}`, headers);
}

export function apiRead(random: Random): CleanRequest {
  const target = random.pick([
    `/api/v1/users/${random.uuid()}`,
    `/api/v3/repos/anna/select-2/issues?state=all&labels=bug,help%20wanted&since=${encodeURIComponent(isoTime(random))}`,
    `/v1/weather?lat=52.52&lon=13.405&units=metric&appid=${random.hex(32)}`,
    `/rest/api/2/issue/ABC-${random.integer(1, 999)}?expand=renderedFields,changelog`,
    `/socket.io/?EIO=4&transport=polling&t=P${random.base64url(6)}&sid=${random.base64url(20)}`,
    '/health',
    '/metrics',
    `/graphql?${query([['query', '{ me { id name(format: SHORT) orders(first: 5, where: {status: OPEN}) { edges { node { id total } } } } }']])}`,
    `/graphql?operationName=Home&variables=${encodeURIComponent('{"first":10,"after":null}')}&extensions=${encodeURIComponent(`{"persistedQuery":{"version":1,"sha256Hash":"${random.hex(64)}"}}`)}`,
    `/api/calendar?start=${encodeURIComponent('2024-07-01T00:00:00+02:00')}&end=${encodeURIComponent('2024-08-01T00:00:00+02:00')}&timeZone=Europe%2FBerlin`,
    `/remote.php/dav/files/anna/Documents/${encodeURIComponent("Anna's notes (2024).md")}`,
    `/feed/?paged=${random.integer(1, 9)}`,
    `/npm/@types/node/-/node-20.14.${random.integer(1, 15)}.tgz`,
    `/anna/repo.git/info/refs?service=git-upload-pack`,
  ]);
  return message('page: api read', `GET ${target}`, appHead(random));
}
