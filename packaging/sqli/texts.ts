// Texts to compare detectors on: made from pieces of attacks, made from plain words, and those of the Core Rule Set's own
// tests where they lie beside the clone. The shaping decision: a seed makes the same texts again. It refuses texts above
// ASCII: the oracle takes Unicode, we take bytes.

import { globSync, readFileSync } from 'node:fs';
import { urlDecodeUni } from '../../agents/waf/transform/url.ts';

export type Random = () => number; // from 0 up to 1

/** The generator of Numerical Recipes: no good for secrets, the same everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const sqlPieces =
  "'|\"|1|0|-1|admin|foo| or | and | OR |=|1=1|'a'='a|union|union all|select|select * from users|from|where|--|-- |#|/*|*/|/**/|(|)|;|,|@@version|@a|null|like|rlike|between|in (|not |is null|sleep(5)|benchmark(1,1)|pg_sleep(1)|waitfor delay|char(65)|concat(|||&&|<>|<=>|:=|0x41|1e5|1.|.1|\\|`|having 1=1|group by|order by 1|limit 1|into outfile|exec xp_cmdshell|drop table|insert into|declare @a|if(|case when|end|information_schema.tables|$1|{|}|[x]|+|-|*|%|^|~|!|?|:|::int|x'41'|b'01'|n'a'|q'(a)'|collate|xor|div|mod|sp_password".split(
    '|',
  );

const htmlPieces =
  '<|>|/|"|\'|`|=| |<a|<b|<p>|<script|</script>|<img|<svg|<iframe|<math|href|src|style|onclick|onload|onerror|one|on|javascript:|data:|java|&#106;|&#x6a;|<!--|-->|<!|doctype|<![CDATA[|]]>|<?import|<%|%>|xlink:href|xmlns|formaction|x|1|alert(1)|<link|<meta|<base|<object|<embed|\n|\t'.split(
    '|',
  );

const plainWords =
  "the a of and to in is you that it he was for on are with as his they at be this from have or by one had not but what all were when we there can an your which their said if do into has more her two like him see time could no make than first been its who now people my made over did down only way find use may water long little very after words called just where most know select union order group table drop insert update delete create values having limit between null true false 1 2 10 2024 3.50 50% O'Brien it's don't rock'n'roll Smith & Co. e-mail user@example.com https://example.com/a?b=c C++ #1 (maybe) - -- ; : , . ! ? \"quoted\" [1] {x} a/b x=y 1+1=2 <3 :-) 10:30 2024-01-31".split(
    ' ',
  );

export const attackText = (random: Random): string => joined(random, sqlPieces, 8, ['', ' ', ' ']);
export const markupText = (random: Random): string => joined(random, htmlPieces, 8, ['', '', ' ']);
export const plainText = (random: Random): string => joined(random, plainWords, 14, [' ']);

function joined(random: Random, pieces: readonly string[], most: number, separators: readonly string[]): string {
  let text = '';
  for (let left = 1 + Math.floor(random() * most); left > 0; left -= 1) {
    text += pick(random, pieces) + pick(random, separators);
  }
  return text;
}

const pick = (random: Random, all: readonly string[]): string => all[Math.floor(random() * all.length)] ?? '';

const fields = /^\s*(?:data|uri|Cookie|User-Agent|Referer):\s*(.*)$/gm; // on our own files, never on a request

/** What the requests of the corpus hold, decoded as rules see it; nothing where there is no corpus. */
export function corpusTexts(folder: string): readonly string[] {
  const texts = new Set<string>();
  for (const file of globSync(`${folder}/**/*.yaml`)) {
    for (const [, value = ''] of readFileSync(file, 'utf8').matchAll(fields)) {
      for (const piece of value.replaceAll(/^['"]|['"]$/g, '').split(/[&?]/)) {
        const text = urlDecodeUni.apply(piece.slice(piece.indexOf('=') + 1));
        if (text !== '' && /^[\x01-\x7f]*$/.test(text)) texts.add(text);
      }
    }
  }
  return [...texts];
}
