// The .proto files: every message that is named is there, once, and numbers that were published stay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import { protoFiles } from '../../packaging/proto.ts';

const files = protoFiles();

test('both services are there with their methods', () => {
  for (const [file, service, names] of [
    ['agent.proto', 'zentinel.agent.v2.AgentServiceV2', ['ProcessStream', 'ControlStream', 'ProcessEvent']],
    ['agent-v1.proto', 'zentinel.agent.v1.AgentProcessor', ['ProcessEvent', 'ProcessEventStream']],
  ] as const) {
    const { root } = protobuf.parse(files[file] ?? '', { keepCase: true });
    root.resolveAll();
    assert.deepEqual(Object.keys(root.lookupService(service).methods), names);
  }
});

test('numbers that agents in the field have compiled in', () => {
  const { root } = protobuf.parse(files['agent.proto'] ?? '', { keepCase: true });
  const numbers = (name: string) =>
    Object.fromEntries(root.lookupType(`zentinel.agent.v2.${name}`).fieldsArray.map((field) => [field.name, field.id]));
  assert.partialDeepStrictEqual(numbers('ProxyToAgent'), {
    handshake: 1,
    configure: 2,
    request_headers: 3,
    cancel: 10,
  });
  assert.partialDeepStrictEqual(numbers('AgentResponse'), { version: 1, decision: 3, request_headers: 4, audit: 7 });
  assert.deepEqual(numbers('Decision'), { allow: 1, block: 2, redirect: 3, challenge: 4 });
});
