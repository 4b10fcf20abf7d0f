// Forms that people fill in: contact, registration, checkout, comment, profile, settings, sign-in, chat, survey.

import { type CleanRequest, form } from './message.ts';
import type { Random } from './random.ts';
import {
  cities,
  companies,
  email,
  fullName,
  paragraph,
  paragraphs,
  password,
  searchTerms,
  sentence,
  slug,
  streets,
} from './words.ts';

type Fields = ReadonlyArray<readonly [name: string, value: string]>;

const makers: Readonly<Record<string, (random: Random) => readonly [target: string, fields: Fields]>> = {
  contact: (random) => [
    '/contact',
    [
      ['name', fullName(random)],
      ['email', email(random)],
      ['subject', random.pick(searchTerms)],
      ['message', paragraphs(random)],
      ['consent', 'on'],
      ['csrf', random.hex(40)],
    ],
  ],
  registration: (random) => [
    '/register',
    [
      ['user[name]', fullName(random)],
      ['user[email]', email(random)],
      ['user[password]', password(random)],
      ['user[birthday]', '1984-02-29'],
      ['user[company]', random.pick(companies)],
      ['user[newsletter]', random.pick(['0', '1'])],
      ['authenticity_token', `${random.base64(86)}==`],
      ['g-recaptcha-response', `03A${random.base64url(400)}`],
    ],
  ],
  'sign-in': (random) => [
    '/login',
    [
      ['_username', email(random)],
      ['_password', password(random)],
      ['_remember_me', 'on'],
      ['_target_path', '/account/orders?tab=open'],
      ['_token', random.base64url(43)],
    ],
  ],
  checkout: (random) => [
    '/checkout',
    [
      ['billing_first_name', random.pick(['Anna', "D'Arcy", 'Seán'])],
      ['billing_last_name', fullName(random)],
      ['billing_company', random.pick(companies)],
      ['billing_address_1', random.pick(streets)],
      ['billing_city', random.pick(cities)],
      ['billing_postcode', random.digits(5)],
      ['billing_country', 'DE'],
      ['billing_phone', `+49 (0)30 / ${random.digits(6)}-${random.integer(0, 99)}`],
      ['order_comments', sentence(random)],
      ['payment_method', 'stripe'],
      ['total', '1,234.50 €'],
      ['coupon', 'SAVE-10%'],
      ['_wp_http_referer', '/?wc-ajax=update_order_review'],
    ],
  ],
  comment: (random) => [
    '/wp-comments-post.php',
    [
      ['comment', paragraphs(random)],
      ['author', fullName(random)],
      ['email', email(random)],
      ['url', random.chance(0.3) ? `https://${slug(random)}.example.com/?a=b` : ''],
      ['submit', 'Post Comment'],
      ['comment_post_ID', String(random.integer(1, 999))],
      ['comment_parent', '0'],
    ],
  ],
  profile: (random) => [
    '/profile',
    [
      ['_method', 'PUT'],
      ['display_name', fullName(random)],
      [
        'bio',
        `${paragraph(random)}\r\n- coffee & cats\r\n- C++ / C#, <3 open source\r\n- http://example.org/~anna/?me`,
      ],
      ['website', 'https://example.org/path/#me'],
      ['timezone', 'Europe/Berlin'],
      ['locale', 'de_DE.UTF-8'],
      ['pronouns', 'she/her'],
      ['twitter', '@anna'],
      ['color', '#ff8800'],
    ],
  ],
  settings: (random) => [
    '/admin/settings',
    [
      ['site_title', `${random.pick(companies)} -- ${random.pick(searchTerms)}`],
      ['tagline', sentence(random)],
      ['date_format', 'd.m.Y H:i:s'],
      ['permalink', '/%year%/%monthnum%/%postname%/'],
      ['price_format', '%1$s %2$s'],
      ['email_template', 'Hello {{ user.name }},\r\n\r\nyour order #{order_id} is on its way.\r\nBest,\r\n%SHOP_NAME%'],
      ['allowed_ips', '192.168.0.0/24, 10.0.0.1'],
      ['regex', '^[A-Z]{2}\\d+$'],
      ['smtp_password', password(random)],
      ['cron', '*/5 * * * *'],
      ['footer', '&copy; 2024 Example – All rights reserved'],
      ['keywords', 'shop; union, select, table, chairs'],
    ],
  ],
  chat: (random) => [
    '/chat/send',
    [
      ['room', slug(random)],
      [
        'text',
        random.pick([
          sentence(random),
          'lol ;-) brb && gtg',
          '1 + 1 = 2 || !2b',
          "can't; won't; don't",
          ':-) <3 ;P',
          '/me waves',
          '!roll 2d6+3',
          '@anna: did u c that?? (I did!)',
          'pls run it & tell me if it works',
          "it's ' just ' quotes \"everywhere\"",
          'a -> b <- c <-> d => e',
          '50% of 80 = 40 :)',
          '...or not; who knows -- me?',
          '#random `code` *bold* ~strike~',
          "'; what's that?",
        ]),
      ],
    ],
  ],
  survey: (random) => [
    '/survey/12',
    Array.from(
      { length: random.integer(5, 20) },
      (_, at) =>
        [
          `answers[${at}][value]`,
          random.pick([
            'yes',
            'no',
            '5',
            'N/A',
            'n/a -',
            "I don't know",
            '> 5',
            '<= 3',
            '1-2',
            'A & B',
            '50%',
            sentence(random),
          ]),
        ] as const,
    ),
  ],
  booking: (random) => [
    '/book',
    [
      ['from', random.pick(cities)],
      ['to', random.pick(cities)],
      ['date', '01/08/2024 10:30 AM'],
      ['pax', '2A+1C'],
      ['seat', '12-A;12-B'],
      ['notes', sentence(random)],
      ['price', '-12.50'],
      ['iban', `DE${random.digits(20)}`],
      ['__VIEWSTATE', `/wEPDwUK${random.base64(600)}==`],
      ['__EVENTVALIDATION', `/wEdAA${random.base64(120)}`],
    ],
  ],
  product: (random) => [
    '/admin/products/save',
    [
      [
        'product[name]',
        `${random.pick(['Table', 'Chair', 'Drop-leaf table', '5" tablet', "Men's T-shirt", 'USB-C cable (2m)', 'Screws M4x20 / 100 pcs'])} ${random.integer(1, 99)}`,
      ],
      ['product[sku]', `AB-${random.digits(6)}/X`],
      ['product[description]', paragraphs(random)],
      ['product[price]', '19.99'],
      ['product[tags]', 'new, sale, select, black & white'],
      ['product[dimensions]', '10 x 20 x 30 cm (±1)'],
      ['product[meta][title]', random.pick(searchTerms)],
      ['form_key', random.base64url(16)],
    ],
  ],
};

export const formKinds = Object.keys(makers);

export function filledForm(random: Random): CleanRequest {
  const kind = random.pick(formKinds);
  const [target, fields] = (makers[kind] ?? makers['contact'] ?? (() => ['/', []]))(random);
  return form(`form: ${kind}`, random, target, fields);
}
