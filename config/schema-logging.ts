// The part of the schema about log files: the supervisor's own, with all lines of all processes, and when any of them is
// put aside.

import { choice, integer, optional, secs, size, text } from './field.ts';
import { logLimits } from './limits.ts';

/** The same words for every log file. */
export const rotation = {
  maxSize: size(
    'Over this size the file is put aside as `.1`, that as `.2`, and a new one begun; 0: never for its size.',
    logLimits.fileBytes,
    { example: '"100MiB"' },
  ),
  maxAgeMs: secs('The same when the file was begun longer ago than this; 0: never for its age.', logLimits.fileAgeMs),
  maxFiles: integer('Files put aside that are kept; older ones are removed.', logLimits.files),
} as const;

export const stackLog = {
  format: choice(
    'Lines of `up` on standard output: `pretty` for people, `json` for machines, `auto`: pretty on a terminal, else JSON.',
    ['auto', 'pretty', 'json'],
    { fallback: 'auto' },
  ),
  path: optional(
    text('A file to append every line of every process to, as JSON. SIGUSR1 opens it anew, for logrotate.', {
      example: '"/var/log/sentinel-stack/stack.log"',
    }),
  ),
  ...rotation,
} as const;
