// The page of operations names every figure that there is, and no other.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostStatus } from '../../agents/host-status.ts';
import { figuresOf } from '../../proxy/admin/figures.ts';
import { ChildCounts, stackFigures } from '../../stack/own-figures.ts';
import { statusOf } from '../stack/standing.ts';
import { TestWorker } from '../support/worker.ts';

const page = join(import.meta.dirname, '..', '..', 'docs', 'operations.md');

const status = statusOf([]);

test('every figure is described with its labels, and every one described is there', async () => {
  await using one = await TestWorker.start(
    'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }',
  );
  const own = stackFigures(status, new ChildCounts(), { version: '', ready: true });
  const all = [...figuresOf(one.worker), ...own, ...new HostStatus('a').figures()];
  const labels = new Map(all.map((family) => [family.name, family.labels.join(', ')]));
  const rows = (await readFile(page, 'utf8')).matchAll(/^\| ((?:`sentinel_\w+`(?:, )?)+) \| ([^|]*)\|/gm);
  const described = [...rows].flatMap(([, names = '', given = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, given.trim()] as const),
  );
  assert.deepEqual(new Map(described.toSorted()), new Map([...labels].toSorted()));
});
