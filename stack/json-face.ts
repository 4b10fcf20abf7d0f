// The running stack for machines: every event as one JSON line on stderr, every line of a child passed through with the
// child's name in it, JSON or not, on the stream that it was written to. It refuses to wait for its reader: past a bound
// lines are dropped, and the count of them is told.

import { supervisorLimits } from '#config/limits';
import { createLogger, type Level } from '#config/log';
import type { Output } from './command.ts';
import type { Face } from './run.ts';
import { asEvent, childOf } from './words.ts';

/** What is told once, before anything is started. */
interface Beginnings {
  tookOver(folder: string): void;
  ignored(keys: readonly string[]): void;
}

export function jsonFace(stdout: Output, stderr: Output, level: Level): Face & Beginnings {
  const logger = createLogger('stack', level, stderr);
  const outputs = { stdout, stderr };
  let dropped = 0;
  return {
    ignored: (keys) => logger.warn('user-ignored', { keys }),
    tookOver: (folder) => logger.warn('stack-takeover', { folder }),
    started: (child, pid) => logger.info('child-started', { child, pid }),
    tell: (fact, lastLines) => {
      const child = childOf(fact);
      const event = asEvent(fact, child === undefined ? [] : lastLines(child));
      if (event !== undefined) logger[event.level](event.event, event.facts);
    },
    line: (child, stream, text) => {
      if (outputs[stream].pendingBytes > supervisorLimits.pendingBytesMax) {
        dropped += 1;
        return;
      }
      const lost = outputs[stream].takeLostBytes?.() ?? 0;
      if (lost > 0) logger.warn('output-lost', { stream, bytes: lost });
      if (dropped > 0) logger.warn('access-log-dropped', { count: dropped });
      dropped = 0;
      outputs[stream].write(`${withChild(child, text)}\n`);
    },
  };
}

/** The name goes in front of what is there; the rest stays byte for byte as the child wrote it. */
export function withChild(child: string, text: string): string {
  const name = JSON.stringify(child);
  if (!isJsonObject(text)) return JSON.stringify({ child, text });
  return text === '{}' ? `{"child":${name}}` : `{"child":${name},${text.slice(1)}`;
}

function isJsonObject(text: string): boolean {
  if (!text.startsWith('{') || !text.endsWith('}')) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object';
  } catch {
    return false; // text that looks like JSON would break the reader of the log
  }
}
