// The reply that switches protocols: a 101 to a request that asked for one, judged before a byte of it passes, then built
// anew. One that does not say exactly what was asked for is the upstream's fault (502): a cache or a confused server must
// not be able to open a tunnel, for what goes through it is not looked at any more.

import { frameGroups } from '../agents/request-phase.ts';
import type { Exchange, Upgrade } from '../exchange.ts';
import { isHopByHop } from '../http1/header-names.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { writeHeaders } from '../http1/write-head.ts';
import { isFullOfTunnels, protocolsIn, tooManyTunnels, valuesOf, webSocket } from '../request/upgrade.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import { refuse } from './refuse.ts';
import { replyEdit } from './reply-edit.ts';
import { Tunnel } from './tunnel.ts';

/** What came behind the head. */
interface Rest {
  readonly bytes: Buffer;
  readonly at: number;
  readonly end: number;
}

export function switchProtocols(exchange: Exchange, upstream: UpstreamConnection, asked: Upgrade, rest: Rest): void {
  const { head } = upstream;
  const [protocol, ...others] = protocolsIn(head.lines) ?? [];
  if (protocol === undefined || others.length > 0 || !asked.protocols.includes(protocol))
    return refuseReply(exchange, 'Upgrade does not name one protocol that was asked for');
  const fault = faultOf(head, protocol, asked) ?? extensionFault(exchange, head);
  if (fault !== undefined) return refuseReply(exchange, fault);
  if (isFullOfTunnels(exchange.worker)) return refuse(exchange, tooManyTunnels);
  writeSwitch(exchange, head, protocol);
  Tunnel.open(exchange, upstream, protocol, frameGroups(exchange)).onUpstreamBytes(rest.bytes, rest.at, rest.end);
}

function refuseReply(exchange: Exchange, fault: string): void {
  refuse(exchange, { code: 'upstream-bad-reply', error: `101: ${fault}` });
}

function faultOf(head: ResponseHead, protocol: string, { accept }: Upgrade): string | undefined {
  if (head.minor === 0) return 'HTTP/1.0 cannot switch';
  if (head.contentLength !== -1 || head.isChunked) return 'a body is announced'; // RFC 9110 section 8.6
  if (!head.connectionNames.includes('upgrade')) return 'Connection does not name upgrade';
  if (protocol !== webSocket) return undefined;
  const accepts = valuesOf(head.lines, acceptName);
  return accepts.length === 1 && accepts[0] === accept ? undefined : 'Sec-WebSocket-Accept does not fit the key';
}

/** Who looks at frames has to be able to read them: none was offered, so none may be chosen. */
function extensionFault(exchange: Exchange, head: ResponseHead): string | undefined {
  if (frameGroups(exchange).length === 0) return undefined;
  return valuesOf(head.lines, extensionsName).length === 0 ? undefined : 'an extension that was not offered';
}

const extensionsName = Buffer.from('sec-websocket-extensions');
const acceptName = Buffer.from('sec-websocket-accept');

function writeSwitch(exchange: Exchange, head: ResponseHead, protocol: string): void {
  const { writer } = exchange.worker;
  const edit = replyEdit(exchange);
  writer.reset();
  writer.latin1('HTTP/1.1 101 Switching Protocols\r\n');
  writeHeaders(writer, head.lines, { ids: isHopByHop, names: head.connectionNames, edit });
  if (edit !== undefined) writer.latin1(edit.lines);
  writer.latin1(exchange.splitLine + exchange.stickyLine);
  writer.latin1(`Connection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
  writer.send(exchange.client.outlet);
  exchange.status = head.status;
  exchange.isReplyBegun = true;
}
