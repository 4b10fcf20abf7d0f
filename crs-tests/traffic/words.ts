// What people write: names, addresses, search terms, sentences, in the languages and with the punctuation that they use.
// Chosen before the rules were tuned and never after them: apostrophes, ampersands, "select", "union", "drop" and "or" are
// here because people use them. Texts are JavaScript strings; whoever sends them encodes them.

import type { Random } from './random.ts';

export const givenNames =
  "Anna Seán Zoë Jürgen Łukasz Mary-Jane José Björn D'Artagnan Nguyễn Fatima Олег Αλέξης Chloé Siobhán Kwame Aoife Mustafa Yuki 美咲 Noor Ólafur".split(
    ' ',
  );
export const familyNames =
  "O'Brien Müller D'Angelo García-López Smith van_der_Berg Kowalski Nakamura de_l'Isle Østergård Öztürk O'Neill-Hart St._John Иванова Papadopoulos McDonald Null Or Union Select Wang".split(
    ' ',
  );
export const cities = [
  "L'Aquila",
  'Köln',
  'St. John’s',
  'São Paulo',
  '’s-Hertogenbosch',
  'Val-d’Or',
  'Kraków',
  'Αθήνα',
  '東京',
  'Port-au-Prince',
  'Winston-Salem',
  'Newcastle upon Tyne',
  "Coeur d'Alene",
];
export const streets = [
  "12/3 St. John's Rd., Apt #5",
  'Straße des 17. Juni 135',
  "8, rue de l'Église",
  'Flat 2; The Old Mill',
  'Calle Mayor 3, 2º izq.',
  'P.O. Box 42 & Co.',
  '221B Baker Street',
  'ul. Święty Marcin 80/82',
  'c/o Smith & Sons, 5-7 Main St',
  '1-1-2 Ōtemachi',
];
export const companies = [
  'Smith & Sons',
  "Levi's",
  'AT&T',
  'Yahoo!',
  'Ben & Jerry’s',
  'Müller GmbH & Co. KG',
  'H&M',
  'Toys "R" Us',
  "Sotheby's",
  'C&A (Deutschland)',
  'Amp/Ohm Ltd.',
  '{code} studio',
  '50/50 Partners',
  'Union Select Committee',
];

export const searchTerms = [
  'cheap flights to new york',
  "men's running shoes size 10.5",
  "rock 'n' roll hall of fame",
  'c++ vs c# performance',
  'how to drop a table leg',
  'select committee on energy',
  'western union near me',
  'black & white photo paper',
  '"exact phrase" -excluded',
  'price <100 eur',
  'laptop 16gb ram 1tb ssd',
  'site:example.org privacy',
  'what is 2+2=4?',
  "what's the time in tokyo",
  'update my address',
  'order by phone',
  'insert coin to continue',
  'delete account',
  'cat videos',
  'who am i',
  'ping pong table',
  'nc 8 form',
  'id card renewal',
  'man utd v chelsea',
  'more or less 50% off',
  '1/2 inch pipe',
  '5\' 10" in cm',
  'ford f-150 (2019)',
  'e=mc^2',
  'iphone 15 pro max; case',
  '#metoo',
  '@home gym',
  '$50 gift card',
  'node.js tutorial',
  'php function to sort array',
  'python print hello world',
  'java.lang.NullPointerException',
  'sleep apnea',
  'union jack flag',
  'script writing course',
  'alert fatigue',
  'bash brothers',
  'curl hair products',
  'wget',
  'echo park',
  'kill bill vol. 2',
  'exec office chair',
  'having 2 or 3 kids',
  'like or dislike',
  'true or false quiz',
  'not null and void',
  'group by age',
  'group of 7 & friends',
  'where is waldo',
  'from dusk till dawn',
  'into the wild',
  'table for 4',
  'char broil grill',
  'benchmark 2024 gpu',
  'load file cabinet',
  'concat vs join',
  'substring theory',
  'count of monte cristo',
  'version 2.0 (beta)',
  'user manual pdf',
  'system of a down',
  'passwd reset',
  'etc. and so on',
  'schöne Grüße aus München',
  'Preis für 2 Personen, inkl. Frühstück',
  'Wie geht’s?',
  'Öffnungszeiten Post & Bank',
  'Kinder- und Jugendbuch',
  'l’heure d’été',
  "aujourd'hui c'est l'été",
  'qu’est-ce que c’est ?',
  'hôtel à côté de la gare',
  "prix d'un café < 2 €",
  '¿dónde está la biblioteca?',
  'niños y niñas; juegos',
  'mañana a las 8:30',
  "l'amore è un'altra cosa",
  'città d’arte',
  'pão de açúcar',
  'coração & alma',
  'żółć gęślą jaźń',
  'cena od 10 do 20 zł',
  'купить билет в москву',
  'что такое любовь?',
  'погода на завтра',
  'καλημέρα κόσμε',
  'ξενοδοχεία στην Αθήνα',
  'طقس اليوم',
  'مطاعم قريبة مني',
  'מזג אוויר',
  'כרטיסים & הופעות',
  '天气预报 北京',
  '怎么做红烧肉？',
  '東京 ホテル 安い',
  'ラーメン屋「一蘭」',
  '서울 날씨',
  '맛집 추천!',
  'güneş gözlüğü',
  "Türkiye'de tatil",
  'मौसम आज',
  'giá vàng hôm nay',
  'หนังใหม่',
  'smörgåsbord & fika',
  'blåbærsyltetøy',
  'kävelykatu',
  'árvíztűrő tükörfúrógép',
] as const;

const openings = [
  'I think',
  "It's true that",
  'Yesterday',
  'As we said before,',
  'Please note:',
  'Hi all,',
  'In short:',
  'Well...',
  'Question (urgent):',
  "Don't forget:",
  'FYI -',
  'Re: your mail --',
  'To be or not to be:',
  'On the other hand',
  'Thanks!',
  'OK;',
  'So,',
  '1)',
  '>',
  'P.S.',
] as const;
const middles = [
  'the delivery',
  "my neighbour's dog",
  'this product',
  'a table of contents',
  'the new version (2.1)',
  'the select few',
  'our union',
  'the script',
  'version 3 and/or 4',
  'the user & the admin',
  'Tom\'s "favourite" cake',
  'an old system',
  'the group',
  'half of the order',
  'the script of the play',
  'the file (see attachment)',
  'option A or B',
  'something from the shop',
  'the exec team',
  'each update',
] as const;
const endings = [
  "didn't arrive",
  'works as expected',
  'is 10% cheaper than before',
  'costs $5 = 4.60 €',
  'was dropped from the list',
  'should be deleted by Friday',
  "isn't what I ordered",
  'has to be updated; nothing else',
  'could be sold (or given away)',
  'needs 2-3 days',
  'is > 5 and < 10',
  'was selected from 100 entries',
  'is in /home & not in the office',
  'looks good to me :-)',
  'made me smile <3',
  'runs on Node.js',
  "won't sleep (at all)",
  'like it was in 1999',
  'and that is it',
  'is not null and void',
] as const;
const marks = ['.', '.', '.', '!', '?', '...', ' :)', ';', ' -- really', '?!'] as const;

export const foreignSentences = [
  "Bonjour, je n'ai pas reçu ma commande n° 4521 ; merci d'avance pour votre aide !",
  "L'été dernier, j'ai acheté « un vélo » à 350 € (et c'était trop cher).",
  'Guten Tag, die Lieferung ist leider beschädigt: 2 von 5 Gläsern sind kaputt. Was nun?',
  'Können Sie mir bitte bis Fr., 12:30 Uhr, antworten? MfG, J. Müller',
  '¡Hola! ¿Tienen disponible la talla 42 o 43? ¡Muchas gracias!',
  "Buongiorno, vorrei sapere se l'articolo è disponibile; grazie dell'attenzione.",
  'Olá, a encomenda não chegou; o código é #A-1234/b. Obrigado!',
  'Dzień dobry, proszę o fakturę VAT na firmę „Żółw & Syn” sp. z o.o.',
  'Здравствуйте! Подскажите, пожалуйста, сколько стоит доставка — и когда?',
  'Καλησπέρα σας, θα ήθελα να μάθω αν υπάρχει έκπτωση (π.χ. 10%).',
  'مرحبا، هل يمكنكم إرسال الفاتورة؟ شكرًا.',
  'שלום, ההזמנה שלי לא הגיעה. תודה!',
  '你好，我想问一下这个商品什么时候发货？谢谢！',
  'すみません、サイズは「M」でお願いします。',
  '안녕하세요, 환불은 언제 되나요? 감사합니다.',
  "Merhaba, siparişim nerede? Türkiye'ye kargo var mı?",
  'नमस्ते, क्या यह उपलब्ध है?',
  'Xin chào, tôi muốn đổi hàng; cảm ơn!',
  '🎉🎉 Congrats 👏 — see you @ 8pm 🍕',
  '¯\\_(ツ)_/¯ whatever... >_<',
  'x^2 + y^2 = z^2, for x > 0 && y > 0',
  'Rated 4/5 -- would buy again; 100% recommended!!!',
  'A && B || !C -- so says Boole',
  "'Tis better to have loved & lost",
  'He said: "select one of these; then union them" and left.',
] as const;

export function fullName(random: Random): string {
  return `${random.pick(givenNames)} ${random.pick(familyNames).replaceAll('_', ' ')}`;
}

export function sentence(random: Random): string {
  if (random.chance(0.35)) return random.pick(foreignSentences);
  return `${random.pick(openings)} ${random.pick(middles)} ${random.pick(endings)}${random.pick(marks)}`;
}

export function paragraph(random: Random): string {
  return Array.from({ length: random.integer(2, 6) }, () => sentence(random)).join(' ');
}

export function paragraphs(random: Random): string {
  return Array.from({ length: random.integer(1, 4) }, () => paragraph(random)).join('\r\n\r\n');
}

export function email(random: Random): string {
  return `${random.pick(['anna', "sean.o'brien", 'j.mueller+shop', 'first.last', 'info', 'no-reply', 'x_y-z'])}${random.integer(1, 99)}@${random.pick(['example.org', 'mail.example.com', 'müller.example', 'example.co.uk'])}`;
}

/** As a password manager makes them: any sign may be in it. */
export function password(random: Random): string {
  return random.text(
    'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#$%&*+-=?@^_~.,:;()[]{}',
    random.integer(8, 24),
  );
}

export function slug(random: Random): string {
  return random
    .some(
      [
        'how',
        'to',
        'select',
        'the',
        'best',
        'union',
        'of',
        'tables',
        'and',
        'chairs',
        'in',
        '2024',
        'or',
        'later',
        'drop',
        'shipping',
        'guide',
        'part-2',
        'c',
        'script',
      ],
      random.integer(2, 6),
    )
    .join('-');
}

export const isoTime = (random: Random): string => new Date(1.7e12 + random.integer(0, 5e10)).toISOString();
