// How a connection is cut so that the other side sees a cut and not an end: by a reset. The one exception works around
// Node 26: `resetAndDestroy` while the end of our side is being sent fails with EINVAL, leaves the descriptor open for
// ever without a `close`, and the process then never ends (it turns round in its own clean-up, at full load). At that
// moment everything has been sent, so an ordinary close loses nothing. A Unix socket has no reset (and Node throws when
// asked for one): it is closed. Nor has one inside TLS, where an end without `close_notify` is a cut (RFC 8446 section 6.1).

import type { ClientSocket } from './client-socket.ts';

export function cutSocket(socket: ClientSocket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isEnding || socket.remoteFamily === undefined || isEncrypted(socket)) socket.destroy();
  else socket.resetAndDestroy();
}

/** A socket inside TLS. */
export function isEncrypted(socket: ClientSocket): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
