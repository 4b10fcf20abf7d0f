// How a connection is cut so that the other side sees a cut and not an end: by a reset. The one exception works around
// Node 26: `resetAndDestroy` while the end of our side is being sent fails with EINVAL, leaves the descriptor open for
// ever without a `close`, and the process then never ends (it turns round in its own clean-up, at full load). At that
// moment everything has been sent, so an ordinary close loses nothing.

import type { Socket } from 'node:net';

export function cutSocket(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
