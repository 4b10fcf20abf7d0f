// Requests that known applications make of themselves: WordPress and its shop, SOAP services, WebDAV and calendars, shops
// and boards in PHP, single-page frameworks with their own forms of bodies.

import { appHead } from './browsers.ts';
import { type CleanRequest, form, json, message, utf8 } from './message.ts';
import type { Random } from './random.ts';
import { cities, email, fullName, paragraph, password, searchTerms, sentence, slug, streets } from './words.ts';

const xmlText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function xml(kind: string, random: Random, line: string, body: string, type = 'text/xml; charset=utf-8'): CleanRequest {
  return message(
    kind,
    line,
    [...appHead(random), ['Content-Type', type]],
    utf8(`<?xml version="1.0" encoding="utf-8"?>\n${body}`),
  );
}

const makers: readonly ((random: Random) => CleanRequest)[] = [
  (random) =>
    form('wordpress: heartbeat', random, '/wp-admin/admin-ajax.php', [
      ['data[wp-refresh-post-lock][post_id]', '12'],
      ['data[wp-refresh-post-lock][lock]', `17${random.digits(8)}:1`],
      ['interval', '60'],
      ['_nonce', random.hex(10)],
      ['action', 'heartbeat'],
      ['screen_id', 'post'],
      ['has_focus', 'true'],
    ]),
  (random) =>
    form('wordpress: sign-in', random, '/wp-login.php', [
      ['log', email(random)],
      ['pwd', password(random)],
      ['rememberme', 'forever'],
      ['wp-submit', 'Log In'],
      ['redirect_to', 'https://www.example.org/wp-admin/'],
      ['testcookie', '1'],
    ]),
  (random) =>
    form('wordpress: options', random, '/wp-admin/options.php', [
      ['option_page', 'general'],
      ['action', 'update'],
      ['_wpnonce', random.hex(10)],
      ['_wp_http_referer', '/wp-admin/options-general.php'],
      ['blogname', random.pick(searchTerms)],
      ['blogdescription', sentence(random)],
      ['siteurl', 'https://www.example.org'],
      ['admin_email', email(random)],
      ['timezone_string', 'Europe/Berlin'],
      ['date_format', '\\c\\u\\s\\t\\o\\m'],
      ['date_format_custom', 'F j, Y'],
      ['time_format', 'H:i'],
      ['start_of_week', '1'],
      ['submit', 'Save Changes'],
    ]),
  (random) =>
    form('wordpress: shop', random, '/?wc-ajax=update_order_review', [
      ['security', random.hex(10)],
      ['payment_method', 'bacs'],
      ['country', 'DE'],
      ['postcode', random.digits(5)],
      ['city', random.pick(cities)],
      ['address', random.pick(streets)],
      ['has_full_address', 'true'],
      [
        'post_data',
        `billing_first_name=${encodeURIComponent(fullName(random))}&billing_city=${encodeURIComponent(random.pick(cities))}&order_comments=${encodeURIComponent(sentence(random))}`,
      ],
    ]),
  (random) =>
    form('wordpress: menu', random, '/wp-admin/admin-ajax.php', [
      ['action', 'menu-get-metabox'],
      ['item-object', 'page'],
      ['menu-item[-1][menu-item-title]', random.pick(searchTerms)],
      ['menu-item[-1][menu-item-url]', 'https://example.org/#section'],
    ]),
  (random) =>
    json('wordpress: batch', random, 'POST /wp-json/wc/store/v1/batch?_locale=site', {
      requests: [
        {
          path: '/wc/store/v1/cart/add-item',
          method: 'POST',
          cache: 'no-store',
          body: { id: random.integer(1, 99), quantity: 1 },
          headers: { Nonce: random.hex(10) },
        },
      ],
    }),
  (random) =>
    xml(
      'xml: soap',
      random,
      'POST /services/OrderService',
      `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://example.org/order"><soapenv:Header/><soapenv:Body><o:placeOrder><o:customer>${xmlText(fullName(random))}</o:customer><o:note>${xmlText(sentence(random))}</o:note><o:qty>${random.integer(1, 9)}</o:qty></o:placeOrder></soapenv:Body></soapenv:Envelope>`,
    ),
  (random) =>
    xml(
      'xml: propfind',
      random,
      'PROPFIND /remote.php/dav/files/anna/',
      '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:getlastmodified/><d:getetag/><oc:permissions/><oc:size/></d:prop></d:propfind>',
      'application/xml; charset=utf-8',
    ),
  (random) =>
    xml(
      'xml: calendar',
      random,
      'REPORT /remote.php/dav/calendars/anna/personal/',
      '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="20240701T000000Z" end="20240801T000000Z"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>',
      'application/xml',
    ),
  (random) =>
    xml(
      'xml: feed',
      random,
      'POST /hub/callback',
      `<feed xmlns="http://www.w3.org/2005/Atom"><title>${xmlText(random.pick(searchTerms))}</title><entry><title>${xmlText(sentence(random))}</title><link rel="alternate" href="https://example.org/?a=1&amp;b=2"/><updated>2024-07-01T10:00:00Z</updated><content type="html">&lt;p&gt;${xmlText(sentence(random))}&lt;/p&gt;</content></entry></feed>`,
      'application/atom+xml',
    ),
  (random) =>
    form('php: admin grid', random, '/admin/index.php?controller=AdminOrders&token=abc', [
      ['order_filter_reference', ''],
      ['order_filter_customer[name]', fullName(random)],
      ['order_pagination', '50'],
      ['submitFilterorder', '1'],
      ['date_from[0]', '2024-01-01'],
      ['bulk_action', 'select_all'],
    ]),
  (random) =>
    form('php: board', random, '/posting.php?mode=post&f=2', [
      ['subject', random.pick(searchTerms)],
      ['addbbcode20', '100'],
      ['message', `[quote]${sentence(random)}[/quote]\r\n${paragraph(random)}`],
      ['creation_time', random.digits(10)],
      ['form_token', random.hex(40)],
      ['poll_option_text', 'yes\r\nno\r\nmaybe; not sure'],
      ['poll_title', ''],
    ]),
  (random) =>
    form('drupal: form', random, `/node/${random.integer(1, 99)}/edit?ajax_form=1&_wrapper_format=drupal_ajax`, [
      ['title[0][value]', random.pick(searchTerms)],
      ['body[0][value]', `<p>${sentence(random)}</p>`],
      ['body[0][format]', 'basic_html'],
      ['form_build_id', `form-${random.base64url(43)}`],
      ['form_token', random.base64url(43)],
      ['form_id', 'node_article_edit_form'],
      ['ajax_page_state[libraries]', 'ckeditor5/internal.drupal.ckeditor5,core/drupal.ajax'],
      ['_triggering_element_name', 'field_tags_add_more'],
    ]),
  (random) =>
    form('asp: postback', random, '/Orders/Default.aspx', [
      ['__EVENTTARGET', 'ctl00$MainContent$GridView1'],
      ['__EVENTARGUMENT', 'Page$2'],
      ['__VIEWSTATE', `/wEPDwULLTE${random.base64(500)}==`],
      ['__VIEWSTATEGENERATOR', random.hex(8).toUpperCase()],
      ['ctl00$MainContent$txtSearch', random.pick(searchTerms)],
    ]),
  (random) =>
    json('livewire: update', random, 'POST /livewire/update', {
      _token: random.base64url(40),
      components: [
        {
          snapshot: JSON.stringify({
            data: { search: random.pick(searchTerms), page: 1 },
            memo: { id: random.base64url(20), name: 'search-users', path: 'users' },
            checksum: random.hex(64),
          }),
          updates: { search: random.pick(searchTerms) },
          calls: [{ path: '', method: '$set', params: [] }],
        },
      ],
    }),
  (random) =>
    message(
      'next: action',
      `POST /dashboard/${slug(random)}`,
      [
        ...appHead(random),
        ['Content-Type', 'text/plain;charset=UTF-8'],
        ['Next-Action', random.hex(40)],
        ['Next-Router-State-Tree', '%5B%22%22%2C%7B%22children%22%3A%5B%22dashboard%22%5D%7D%5D'],
      ],
      utf8(JSON.stringify([{ name: fullName(random), note: sentence(random) }])),
    ),
  (random) =>
    form('rails: nested', random, '/invoices/12', [
      ['_method', 'patch'],
      ['authenticity_token', `${random.base64(86)}==`],
      ['invoice[lines_attributes][0][description]', sentence(random)],
      ['invoice[lines_attributes][0][price]', '12.50'],
      ['invoice[lines_attributes][0][_destroy]', 'false'],
      ['commit', 'Update Invoice'],
    ]),
  (random) => form('htmx: search', random, '/contacts/search', [['search', random.pick(searchTerms)]]),
  (random) =>
    form('slack: command', random, '/slack/commands', [
      ['token', random.hex(24)],
      ['team_domain', 'example'],
      ['command', '/weather'],
      ['text', random.pick(searchTerms)],
      [
        'response_url',
        `https://hooks.slack.com/commands/T${random.digits(8)}/${random.digits(12)}/${random.base64url(24)}`,
      ],
      ['trigger_id', `${random.digits(12)}.${random.digits(11)}.${random.hex(32)}`],
    ]),
  (random) =>
    form('oauth: token', random, '/oauth/token', [
      ['grant_type', 'authorization_code'],
      ['code', random.base64url(60)],
      ['redirect_uri', 'https://app.example.org/callback'],
      ['client_id', random.uuid()],
      ['client_secret', random.base64url(40)],
      ['code_verifier', random.base64url(64)],
    ]),
  (random) =>
    form('saml: answer', random, '/saml/acs', [
      ['SAMLResponse', `PHNhbWxwOlJlc3BvbnNl${random.base64(1200)}==`],
      ['RelayState', 'https://app.example.org/home?tab=1'],
    ]),
];

export function applicationCall(random: Random): CleanRequest {
  return random.pick(makers)(random);
}
