// The first phase: who sent the request, under which name it is kept, which trace it belongs to. For a client of our own
// listener all of this is known since it connected, so the phase looks at the ids of the headers once (1 ns each) and is
// done; only what a trusted proxy says costs more. It refuses a request whose sender is told in two ways.

import type { Exchange } from '../exchange.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import { claims, headerIds, isMisspelt } from '../http1/header-names.ts';
import type { Refusal } from '../reply/refusals.ts';
import { linesOf, type Peer, type Scheme, type Sender } from './client-address.ts';
import { type Claim, onlyValue, readClaim } from './forwarded.ts';
import { isSaneId, RequestId } from './request-id.ts';
import { beginTrace, continueTrace } from './trace-context.ts';
import { unixPeer } from './trusted-proxies.ts';
import { refuseLoop } from './via.ts';

export function identifySender(exchange: Exchange): Refusal | undefined {
  const { lines } = exchange.head;
  const { peer } = exchange.client;
  const marks = marksOf(lines);
  if (marks === 0) return undefined;
  if (peer.isTrusted && (marks & claimMark) !== 0) {
    const refusal = believe(exchange, peer);
    if (refusal !== undefined) return refusal;
  }
  if ((marks & tracedMark) !== 0 && peer.continuesTrace) continueTrace(exchange);
  return (marks & viaMark) === 0 ? undefined : refuseLoop(lines);
}

const viaMark = 1;
const tracedMark = 2;
const claimMark = 4; // of whatever only trusted proxies may say

const markOfId = new Uint8Array(256);
markOfId[headerIds.via] = viaMark;
markOfId[headerIds.traceparent] = tracedMark;
for (const name of [
  ...claims,
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-real-ip',
  'x-request-id',
  'forwarded',
] as const)
  markOfId[headerIds[name]] = claimMark;

/** Which of these stand among the headers. */
function marksOf({ ids, count }: HeaderLines): number {
  let marks = 0;
  for (let index = 0; index < count; index += 1) marks |= markOfId[ids[index] as number] as number;
  return marks;
}

function believe(exchange: Exchange, peer: Peer): Refusal | undefined {
  const { lines } = exchange.head;
  const claim = readClaim(lines, peer.edge.trusted);
  if (claim === undefined) {
    const error = `X-Forwarded-For and Forwarded of the trusted proxy ${peer.ip} name different clients`;
    return { code: 'sender-ambiguous', error };
  }
  exchange.sender = senderOf(peer, claim);
  strikeMisspelt(lines);
  const id = onlyValue(lines, headerIds['x-request-id']);
  if (id === undefined || !isSaneId(id)) return undefined;
  exchange.name = RequestId.of(id);
  beginTrace(exchange, RequestId.next()); // the id from outside may be no trace-id
  return undefined;
}

/** What a proxy wrote has hyphens; `CF_Connecting_IP` came from its client, and some upstreams read it as the same. */
function strikeMisspelt(lines: HeaderLines): void {
  for (let index = 0; index < lines.count; index += 1) {
    const isClaim = markOfId[lines.ids[index] as number] === claimMark;
    if (isClaim && isMisspelt(lines.bytes, lines.nameStart(index), lines.nameEnd(index)))
      lines.ids[index] = headerIds.proxy; // which never passes
  }
}

function senderOf(peer: Peer, claim: Claim): Sender {
  const [ip = peer.ip] = claim.chain;
  const chain = claim.chain.length === 0 || peer.ip !== unixPeer ? [...claim.chain, ...peer.chain] : claim.chain;
  const scheme = claim.scheme ?? peer.scheme;
  const host = claim.host ?? '';
  const port = claim.chain.length === 0 ? peer.port : claim.clientPort;
  return { ip, port, chain, scheme, host, lines: linesOf(chain, scheme, portOf(peer, claim, scheme)) };
}

/** The port that the client asked for: what is said, else what goes with the scheme or host that is said, else ours. */
function portOf({ edge }: Peer, { port, host, scheme: said }: Claim, scheme: Scheme): number {
  if (port !== undefined) return port;
  if (host === undefined && said === undefined) return edge.port;
  const written = /:(\d+)$/.exec(host ?? '')?.[1];
  return written === undefined ? defaultPorts[scheme] : Number(written);
}

const defaultPorts = { http: 80, https: 443 } as const;
