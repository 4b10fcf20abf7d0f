// An output that remembers what was written to it.

import type { Output } from '../../stack/command.ts';

export interface Recorder extends Output {
  pendingBytes: number;
  text(): string;
}

export function recorder(color = false): Recorder {
  const written: string[] = [];
  return {
    write: (text) => void written.push(text),
    text: () => written.join(''),
    isTerminal: color,
    color,
    columns: 100,
    pendingBytes: 0,
  };
}
