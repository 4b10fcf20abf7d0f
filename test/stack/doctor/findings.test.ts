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
const address = { text: '127.0.0.1:80', trouble: undefined, isOurs: false };
const taken = {
  code: 'listen-address-in-use',
  what: 'cannot listen on 127.0.0.1:80: in use by nginx (pid 812)',
  hint: 'choose another address, or stop that program',
} as const;
const log = { what: 'access log', path: '/var/log/a', trouble: undefined, isVital: true };
const well: MachineFacts = {
  node: { version: 'v26.10.0', wanted: '26.10.0' },
  addon: undefined,
  holdsSockets: true,
  loaded,
  folder,
  addresses: [address],
  openFilesMax: 1_000_000,
  systemFiles: { used: 1000, most: 2 ** 63 },
  acceptQueueMax: 4096,
  synQueueMax: 128,
  hasSynCookies: true,
  ephemeralPorts: 28_232,
  memoryBytes: 2 ** 40,
  memoryBoundBytes: undefined,
  cpus: 2,
  now: 2000,
  installedAt: 1000,
  isClockKept: true,
  logs: [log],
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
  [{ addresses: [{ ...address, trouble: taken }] }, 'address', 'fail', /in use by nginx \(pid 812\)/],
  [{ systemFiles: { used: 81, most: 100 } }, 'system files', 'warn', /81 open in all processes, fs\.file-max 100/],
  [{ hasSynCookies: false }, 'handshakes', 'warn', /tcp_max_syn_backlog 128, cookies off/],
  [{ memoryBoundBytes: 2 ** 28 }, 'memory', 'warn', /256 MiB allowed by the cgroup for 2 workers/],
  [{ isClockKept: false }, 'clock', 'warn', /nobody keeps it right/],
  [
    { logs: [{ ...log, trouble: 'ENOENT' }] },
    'access log',
    'fail',
    /\/var\/log\/a cannot be written: there is no such/,
  ],
  [{ logs: [{ ...log, trouble: 'EACCES', isVital: false }] }, 'access log', 'warn', /this user may not/],
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

test('an address of the stack that runs is no trouble', () => {
  const addresses = [{ ...address, trouble: taken, isOurs: true }];
  const found = findings({ ...well, addresses }).find(({ about }) => about === 'address');
  assert.deepEqual([found?.level, found?.what], ['ok', '127.0.0.1:80 is served by the stack that runs']);
});

test('what is not known is not said', () => {
  const unknown = { systemFiles: undefined, acceptQueueMax: undefined, synQueueMax: undefined, isClockKept: undefined };
  const found = findings({ ...well, ...unknown, memoryBytes: undefined, openFilesMax: undefined });
  assert(found.every(({ level, what }) => level === 'ok' && !/undefined|NaN|kept by/.test(what)));
});

test('versions', () => {
  assert(compareVersions('26.10.0', '26.9.1') > 0 && compareVersions('26.10.0', '26.10.0') === 0);
  assert(compareVersions('25.99.0', '26.0.0') < 0);
});
