// Single keys from the terminal, while somebody wants them. It refuses to leave the terminal in another state than it was.

import { stdin } from 'node:process';

export function readKeys(onKey: (key: string) => void): { stop(): void } {
  if (!stdin.isTTY) return { stop: () => undefined };
  const hear = (bytes: Buffer) => {
    for (const key of bytes.toString('utf8')) onKey(key);
  };
  stdin.setRawMode(true);
  stdin.on('data', hear);
  return {
    stop: () => {
      stdin.off('data', hear);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
