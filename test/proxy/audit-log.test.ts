// The audit line: what agents said, escaped, and nothing of what is empty.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { LineFile } from '#config/lines/line-file';
import { createLogger } from '#config/log';
import { noAudit } from '#protocol/message';
import { writeAuditLine } from '../../proxy/audit-log.ts';
import type { Exchange } from '../../proxy/exchange.ts';
import { temporaryFolder } from '../agents/support.ts';

test('one line, whatever an agent writes', async () => {
  await using folder = await temporaryFolder();
  const lines = await LineFile.open(folder.file('audit'), createLogger('test', 'error'));
  const exchange = {
    id: 'r1',
    sender: { ip: '192.0.2.1' },
    head: { method: 'GET' },
    host: 'h',
    target: '/a?secret=1',
    status: 403,
  };
  const audit = { ...noAudit, reasonCodes: ['line\u2028end\u0085\n{"forged":true}'] };
  writeAuditLine(lines, exchange as unknown as Exchange, [
    { agent: 'a', filter: 'f', event: 'log', decision: 'block', audit, fault: undefined },
  ]);
  await lines.close();
  const text = await readFile(folder.file('audit'), 'utf8');
  assert.equal(text.split('\n').length, 2);
  assert(!/[\u0085\u2028]/.test(text));
  const { timestamp, ...line } = JSON.parse(text);
  assert.match(timestamp, /^\d{4}-/);
  assert.equal(line.path, '/a');
  assert.deepEqual(line.agents, [
    { agent: 'a', filter: 'f', event: 'log', decision: 'block', reason_codes: audit.reasonCodes },
  ]);
});
