// What systemd hears: a receiver with a real Unix datagram socket writes down what arrives. Skipped, loudly, where there
// is no python3, since Node has no such sockets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { openNotifier } from '../../stack/notify.ts';
import { startStack } from '../e2e/up-stack.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { eventually } from './processes.ts';

const python = 'python3';
const hasPython = await execa(python, ['-c', ''], { reject: false }).then(({ failed }) => !failed);
const skip = hasPython ? false : 'python3 is missing: NOT TESTED';

const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', '\\0'))
print('bound', flush=True)
while True: print(s.recv(4096).decode().replace('\\n', '|'), flush=True)
`;

async function listening(path: string) {
  const child = execa(python, ['-c', receiver, path], { reject: false });
  const heard: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => heard.push(...text.trim().split('\n')));
  await eventually('the receiver', () => heard.includes('bound'));
  return {
    heard,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child;
    },
  };
}

test('datagrams to a path and to an abstract name', { skip }, async () => {
  using folder = tempFolder();
  for (const path of [folder.of('notify'), `@sentinel-test-${process.pid}`]) {
    await using receiver = await listening(path);
    const notifier = await openNotifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '2000000' });
    assert.equal(notifier?.watchdogMs, 1000);
    notifier?.send('READY=1', 'STATUS=up');
    await eventually('the message', () => receiver.heard.includes('READY=1|STATUS=up'));
  }
});

test('nobody to tell, nobody there, and a watchdog that is meant for another', async () => {
  assert.equal(await openNotifier({}), undefined);
  assert.equal(await openNotifier({ NOTIFY_SOCKET: 'relative' }), undefined);
  const deaf = await openNotifier({ NOTIFY_SOCKET: '/nonexistent', WATCHDOG_USEC: '5', WATCHDOG_PID: '1' });
  deaf?.send('READY=1'); // lost, and no error
  assert.equal(deaf?.watchdogMs, undefined);
});

test('a whole life: ready, the watchdog, a reload, the end', { skip }, async () => {
  using folder = tempFolder();
  await using receiver = await listening(folder.of('notify'));
  const { heard } = receiver;
  process.env['NOTIFY_SOCKET'] = folder.of('notify');
  process.env['WATCHDOG_USEC'] = '200000';
  try {
    await using stack = await startStack({
      config: 'routes { route "r" { builtin-handler "status" } }',
      args: ['--workers', '1'],
    });
    await stack.url();
    await eventually('ready', () => heard.find((one) => one.startsWith(`READY=1|MAINPID=${stack.pid}|STATUS=running`)));
    await eventually('the watchdog', () => heard.includes('WATCHDOG=1'));
    stack.kill('SIGHUP');
    await eventually('reloading', () => heard.find((one) => /^RELOADING=1\|MONOTONIC_USEC=\d+\|/.test(one)));
    await eventually('reloaded', () => heard.includes('READY=1|STATUS=running'));
    stack.kill('SIGTERM');
    await stack.exited;
    await eventually('stopping', () => heard.find((one) => one.startsWith('STOPPING=1')));
  } finally {
    delete process.env['NOTIFY_SOCKET'];
    delete process.env['WATCHDOG_USEC'];
  }
});
