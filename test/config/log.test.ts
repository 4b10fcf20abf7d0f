// Log lines: one event, one JSON line, and no secret in it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger, events, type Level } from '#config/log';
import { Secret } from '#config/secret';

function listening(level: Level = 'info') {
  const lines: Array<Record<string, unknown>> = [];
  const logger = createLogger('test', level, { write: (line) => void lines.push(JSON.parse(line)) });
  return { logger, lines };
}

test('a line names its event, its level, its process and its time', () => {
  const { logger, lines } = listening();
  logger.warn('child-exited', { child: 'waf', code: 1 });
  const [{ time, ...line } = {}] = lines;
  assert.deepEqual(line, { level: 'warn', name: 'test', event: 'child-exited', child: 'waf', code: 1 });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('levels below the wanted one are not written; from the wanted one on they are', () => {
  const { logger, lines } = listening('warn');
  logger.info('stack-ready');
  logger.error('internal-error');
  assert.deepEqual(
    lines.map(({ event }) => event),
    ['internal-error'],
  );
});

test('a secret is masked by its type and by its name', () => {
  const { logger, lines } = listening();
  const facts = {
    key: new Secret('hush-1'),
    deep: [new Secret('hush-2')],
    token: 'hush-3',
    headers: { cookie: 'hush-4' },
  };
  logger.info('agent-connected', facts);
  assert(!JSON.stringify(lines).includes('hush'));
});

test('docs/events.md lists every event and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, event]) => event);
  assert.deepEqual(listed, Object.keys(events));
});
