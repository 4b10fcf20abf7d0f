// Uploads of files: pictures, documents, archives, tables, with the names that people give to files, among fields of text.

import { appHead } from './browsers.ts';
import { type CleanRequest, message, multipart, type Part, utf8 } from './message.ts';
import type { Random } from './random.ts';
import { fullName, searchTerms, sentence } from './words.ts';

const fileNames = [
  'photo.jpg',
  'IMG_20240701_101530.jpg',
  'Bewerbung Müller (final).pdf',
  "Anna's CV.docx",
  'résumé & cover letter.pdf',
  '写真.png',
  'отчёт 2024.xlsx',
  'archive.tar.gz',
  'export.csv',
  'data.json',
  'notes.md',
  'Screenshot 2024-07-01 at 10.15.30.png',
  'a;b,c.txt',
  'invoice #42 [copy].pdf',
  '100% cotton.webp',
  'video.mp4',
  'theme.css',
  'backup-2024.zip',
  'map.svg.png',
  'système.ods',
] as const;

/** First bytes by which programs know a type, and then anything. */
function content(random: Random, name: string): readonly [type: string, bytes: string] {
  if (/\.jpg$/.test(name))
    return ['image/jpeg', `\xff\xd8\xff\xe0\0\x10JFIF\0${random.bytes(random.integer(500, 3000))}`];
  if (/\.(?:png|webp)$/.test(name)) return ['image/png', `\x89PNG\r\n\x1a\n${random.bytes(random.integer(500, 3000))}`];
  if (/\.pdf$/.test(name))
    return [
      'application/pdf',
      `%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n${random.bytes(800)}\n%%EOF`,
    ];
  if (/\.(?:zip|gz|docx|xlsx|ods)$/.test(name))
    return ['application/octet-stream', `PK\x03\x04\x14\0${random.bytes(random.integer(500, 3000))}`];
  if (/\.csv$/.test(name))
    return [
      'text/csv',
      utf8(
        Array.from(
          { length: 20 },
          () => `${random.integer(1, 999)};"${fullName(random)}";"${sentence(random).replaceAll('"', '""')}"`,
        ).join('\r\n'),
      ),
    ];
  if (/\.json$/.test(name)) return ['application/json', utf8(JSON.stringify({ a: sentence(random), b: [1, 2, 3] }))];
  return ['text/plain', utf8(`${sentence(random)}\n${sentence(random)}\n`)];
}

export function upload(random: Random): CleanRequest {
  if (random.chance(0.2)) return resumable(random);
  const files = Array.from({ length: random.integer(1, 3) }, (_, at): Part => {
    const filename = random.pick(fileNames);
    const [type, value] = content(random, filename);
    return { name: random.pick(['file', 'files[]', `upload_${at}`, 'async-upload']), filename, type, value };
  });
  const fields: Part[] = [
    { name: 'title', value: utf8(random.pick(searchTerms)) },
    { name: 'description', value: utf8(sentence(random)) },
    { name: '_wpnonce', value: random.hex(10) },
    { name: 'options', value: '{"resize":true,"max":1024,"tags":["a","b"]}' },
  ];
  return multipart(
    'upload: form',
    random,
    random.pick(['/upload', '/wp-admin/async-upload.php', '/api/files?folder=12', '/apply']),
    [...random.some(fields, random.integer(0, 4)), ...files],
  );
}

function resumable(random: Random): CleanRequest {
  const name = random.pick(fileNames);
  const [type, bytes] = content(random, name);
  const target = `/remote.php/dav/files/anna/Photos/${encodeURIComponent(name)}`;
  return message(
    'upload: put',
    `PUT ${target}`,
    [...appHead(random), ['Content-Type', random.chance(0.5) ? 'application/octet-stream' : type]],
    bytes,
  );
}
