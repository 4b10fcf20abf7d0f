// The page that a challenged client gets: it finds what is asked for, sets the cookie and asks again. One file without any
// other, allowed by its policy to do nothing but run its own script. The hash is written out, because browsers offer
// theirs to secure pages only, and the proxy serves others too.

export interface Task {
  readonly token: string; // letters, digits, points and hyphens
  readonly bits: number; // 0: nothing is to be found
  readonly cookie: string;
  readonly attributes: string;
}

export function challengePage({ token, bits, cookie, attributes }: Task, nonce: string): string {
  const facts = JSON.stringify({ token, bits, cookie, attributes });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>One moment</title><h1>One moment</h1><p id="words">Your browser is being checked.</p>
<noscript><p>This needs JavaScript and cookies.</p></noscript>
<script nonce="${nonce}">${script.replace('FACTS', () => facts)}</script></html>
`;
}

export function challengePolicy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** FIPS 180-4, as short as it gets; the constants are made from primes as the standard says. */
const script = `(function(){"use strict";var f=FACTS,K=[],H=[],p=2,n=0;
function isPrime(x){for(var d=2;d*d<=x;d++)if(x%d===0)return false;return true}
for(;n<64;p++)if(isPrime(p)){if(n<8)H[n]=(Math.sqrt(p)*4294967296)|0;K[n++]=(Math.cbrt(p)*4294967296)|0}
function sha(s){var l=s.length,b=[],i,j,w=[],h=H.slice();for(i=0;i<l;i++)b[i>>2]|=s.charCodeAt(i)<<(24-(i%4)*8);
b[l>>2]|=128<<(24-(l%4)*8);var m=(((l+8)>>6)+1)*16;b[m-1]=l*8;
for(i=0;i<m;i+=16){var a=h.slice();for(j=0;j<64;j++){if(j<16)w[j]=b[i+j]|0;else{var x=w[j-15],y=w[j-2];
w[j]=(((y>>>17|y<<15)^(y>>>19|y<<13)^(y>>>10))+w[j-7]+((x>>>7|x<<25)^(x>>>18|x<<14)^(x>>>3))+w[j-16])|0}
var e=a[4],t=(a[7]+((e>>>6|e<<26)^(e>>>11|e<<21)^(e>>>25|e<<7))+((e&a[5])^(~e&a[6]))+K[j]+w[j])|0,c=a[0],
u=(((c>>>2|c<<30)^(c>>>13|c<<19)^(c>>>22|c<<10))+((c&a[1])^(c&a[2])^(a[1]&a[2])))|0;
a=[(t+u)|0,a[0],a[1],a[2],(a[3]+t)|0,a[4],a[5],a[6]]}for(j=0;j<8;j++)h[j]=(h[j]+a[j])|0}return h}
function done(i){document.cookie=f.cookie+"="+f.token+"."+i+f.attributes;
if(document.cookie.indexOf(f.token)<0)document.getElementById("words").textContent="Cookies are needed here.";else location.reload()}
var i=0;(function work(){for(var k=0;k<2000;k++,i++)if(f.bits===0||(sha(f.token+"."+i)[0]>>>(32-f.bits))===0)return done(i);setTimeout(work)})()})()`;
