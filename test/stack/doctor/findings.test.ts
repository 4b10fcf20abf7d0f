// What the doctor says of a machine: every finding, ok and not, with its cure.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '#config/load';
import type { MachineFacts } from '../../../stack/doctor/facts.ts';
import { compareVersions, findings } from '../../../stack/doctor/findings.ts';

const loaded = loadText(
  'sentinel.kdl',
  'listeners { listener "http" { address "127.0.0.1:80" } }; routes { route "r" { builtin-handler "status" } }',
);
const folder = {
  path: '/run/x',
  uid: 0,
  ownUid: 0,
  mode: 0o700,
  lock: 'absent',
  holder: undefined,
  orphans: 0,
} as const;
const port = { text: '127.0.0.1:80', port: 80, owner: undefined, isOurs: false };
const well: MachineFacts = {
  node: { version: 'v26.10.0', wanted: '26.10.0' },
  addon: undefined,
  holdsSockets: true,
  loaded,
  folder,
  ports: [port],
  openFilesMax: 1_000_000,
  acceptQueueMax: 4096,
  ephemeralPorts: 28_232,
  unprivilegedPort: 1024,
  isRoot: true,
  memoryBytes: 2 ** 40,
  cpus: 2,
  now: 2000,
  installedAt: 1000,
  disks: [{ path: '/run/x', freeBytes: 2 ** 40, freeShare: 0.5 }],
};

test('a machine that is well', () => {
  assert.deepEqual(
    findings(well).filter(({ level }) => level !== 'ok'),
    [],
  );
});

const sick: ReadonlyArray<readonly [Partial<MachineFacts>, string, 'warn' | 'fail', RegExp]> = [
  [{ node: { version: 'v22.9.0', wanted: '26.10.0' } }, 'node', 'fail', /v22\.9\.0 is older than 26\.10\.0/],
  [{ addon: 'no such file' }, 'native addon', 'fail', /re2 does not load: no such file/],
  [{ holdsSockets: false }, 'socket holding', 'fail', /cannot hold sockets/],
  [{ loaded: loadText('sentinel.kdl', 'ruotes') }, 'configuration', 'fail', /sentinel\.kdl: \d+ errors?/],
  [{ folder: { ...folder, mode: 0o777 } }, 'runtime folder', 'fail', /others may write/],
  [{ folder: { ...folder, path: `/${'x'.repeat(120)}` } }, 'runtime folder', 'fail', /too long/],
  [
    { folder: { ...folder, lock: 'stale', orphans: 2 } },
    'runtime folder',
    'warn',
    /killed; 2 processes of it still serve/,
  ],
  [{ ports: [{ ...port, owner: 'nginx (pid 812)' }] }, 'port 80', 'fail', /in use by nginx \(pid 812\)/],
  [{ isRoot: false }, 'port 80', 'warn', /may usually not open it/],
  [{ openFilesMax: 1024 }, 'open files', 'warn', /1024 per process/],
  [{ acceptQueueMax: 128 }, 'accept queue', 'warn', /somaxconn is 128/],
  [{ ephemeralPorts: 5000 }, 'local ports', 'warn', /only 5000 ports/],
  [{ memoryBytes: 1024 ** 2 }, 'memory', 'warn', /1 MiB available for 2 workers and 0 agents/],
  [{ now: 0 }, 'clock', 'fail', /before this program was installed/],
  [{ disks: [{ path: '/var/log', freeBytes: 10, freeShare: 0 }] }, 'disk', 'fail', /\/var\/log: 0 MiB free/],
];

for (const [change, about, level, what] of sick) {
  test(`${about}: ${what.source}`, () => {
    const found = findings({ ...well, ...change }).filter((one) => one.level !== 'ok');
    assert.deepEqual([found.length, found[0]?.about, found[0]?.level], [1, about, level]);
    assert.match(found[0]?.what ?? '', what);
    assert(found[0]?.cure !== undefined, 'a finding comes with its cure');
  });
}

test('a port of the stack that runs is no trouble', () => {
  const ports = [{ ...port, owner: 'node (pid 1)', isOurs: true }];
  assert.match(
    findings({ ...well, ports }).find(({ about }) => about === 'port 80')?.what ?? '',
    /served by the stack/,
  );
});

test('versions', () => {
  assert(compareVersions('26.10.0', '26.9.1') > 0 && compareVersions('26.10.0', '26.10.0') === 0);
  assert(compareVersions('25.99.0', '26.0.0') < 0);
});
