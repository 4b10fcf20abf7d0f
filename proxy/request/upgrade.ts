// The phase that judges a request to switch protocols (RFC 9110 section 7.8). One that the route allows is held to every
// letter, because after the switch nobody reads along: no body, nothing doubtful. Any other goes on as an ordinary request
// without its `Upgrade`. What the client sends before the answer is held by its connection (client-connection.ts) and
// becomes the tunnel's only after a 101; without one the connection is closed, so it is never read as a request: bytes
// that are a protocol to one reader and a request to another are how requests are smuggled (CVE-2026-2833).

import { createHash } from 'node:crypto';
import type { Exchange, Upgrade } from '../exchange.ts';
import { equalsLower } from '../http1/bytes.ts';
import { wordsOf } from '../http1/fields.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import { headerIds } from '../http1/header-names.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { Refusal } from '../reply/refusals.ts';
import type { Worker } from '../worker.ts';

export function admitUpgrade(exchange: Exchange): Refusal | undefined {
  const { head, route, worker } = exchange;
  if (!head.hasUpgrade || route === undefined || route.upgrades.length === 0 || !isForUs(head)) return undefined;
  const asked = protocolsIn(head.lines);
  const protocols = asked?.filter((protocol) => route.upgrades.includes(protocol));
  if (protocols?.length === 0) return undefined;
  exchange.keepsClient = false; // whatever is answered but a 101: see above
  if (protocols === undefined) return malformed('Upgrade does not list protocols');
  if (head.isChunked || head.contentLength > 0) return malformed('Upgrade with a body'); // CVE-2026-58055
  const isWebSocket = protocols.includes(webSocket);
  const refusal = isWebSocket ? judgeHandshake(head) : undefined;
  if (refusal !== undefined) return refusal;
  if (isFullOfTunnels(worker)) return tooManyTunnels;
  exchange.upgrade = makeUpgrade(protocols, isWebSocket ? acceptOf(head) : undefined);
  return undefined;
}

export const webSocket = 'websocket';
export const tooManyTunnels: Refusal = { code: 'too-many-tunnels' };

export function isFullOfTunnels({ metrics, config }: Worker): boolean {
  return metrics.tunnelsOpen >= config.limits.maxTunnels;
}

/** HTTP/1.0 cannot switch, and what `Connection` does not name was not meant for us (RFC 9110 sections 7.8 and 7.6.1). */
function isForUs({ minor, connectionNames }: RequestHead): boolean {
  return minor === 1 && connectionNames.includes('upgrade');
}

/** Each protocol once, in lower case, from all `Upgrade` headers; `undefined` if one of them is malformed. */
export function protocolsIn(lines: HeaderLines): string[] | undefined {
  const protocols = new Set<string>();
  for (let index = 0; index < lines.count; index += 1) {
    if (lines.ids[index] !== headerIds.upgrade) continue;
    for (const protocol of wordsOf(lines.value(index))) {
      if (!protocolShape.test(protocol)) return undefined;
      protocols.add(protocol);
    }
  }
  return [...protocols];
}

const protocolShape = /^[\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?$/;

/** RFC 6455 section 4.2.1. */
function judgeHandshake(head: RequestHead): Refusal | undefined {
  if (head.method !== 'GET') return malformed(`WebSocket with ${head.method}`);
  const keys = valuesOf(head.lines, keyName);
  if (keys.length !== 1 || !keyShape.test(keys[0] ?? '')) return malformed('not one Sec-WebSocket-Key of 16 bytes');
  const versions = valuesOf(head.lines, versionName);
  if (versions.length > 1) return malformed('more than one Sec-WebSocket-Version');
  return versions[0] === '13' ? undefined : otherVersion;
}

const keyName = Buffer.from('sec-websocket-key');
const versionName = Buffer.from('sec-websocket-version');
const keyShape = /^[A-Za-z0-9+/]{22}==$/; // 16 bytes in base64

// RFC 6455 section 4.4 and RFC 9110 section 15.5.22: told which version, and that it is about an upgrade.
const otherVersion: Refusal = {
  code: 'upgrade-version',
  answer: {
    status: 426,
    body: undefined,
    headers: [
      ['Upgrade', webSocket],
      ['Connection', 'upgrade'],
      ['Sec-WebSocket-Version', '13'],
    ],
  },
};

function malformed(error: string): Refusal {
  return { code: 'upgrade-malformed', error };
}

function makeUpgrade(protocols: readonly string[], accept: string | undefined): Upgrade {
  return { protocols, accept, lines: `Connection: upgrade\r\nUpgrade: ${protocols.join(', ')}\r\n` };
}

/** RFC 6455 section 4.2.2: only who has read the key of this request can say it, so no cache and no confused server can. */
function acceptOf({ lines }: RequestHead): string {
  return createHash('sha1')
    .update(`${valuesOf(lines, keyName)[0]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
}

/** Of every header with this name, which is in lower case. */
export function valuesOf(lines: HeaderLines, name: Uint8Array): string[] {
  const values: string[] = [];
  for (let index = 0; index < lines.count; index += 1) {
    if (equalsLower(lines.bytes, lines.nameStart(index), lines.nameEnd(index), name)) values.push(lines.value(index));
  }
  return values;
}
