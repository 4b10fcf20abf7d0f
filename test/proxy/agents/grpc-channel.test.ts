// What a gRPC status says about an agent, and whom a channel believes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { credentialsOf, faultOf, optionsOf } from '../../../proxy/agents/grpc-channel.ts';

test('a status before anything was said means out of reach, and later a loss', () => {
  assert.equal(faultOf({ code: status.UNAVAILABLE }, false), 'unreachable');
  assert.equal(faultOf({ code: status.UNAVAILABLE }, true), 'lost');
  for (const code of [status.UNIMPLEMENTED, status.RESOURCE_EXHAUSTED])
    assert.equal(faultOf({ code }, true), 'bad-protocol');
});

test('a name overrides that of the address; a file that is gone is said', async () => {
  const place = { address: 'a.internal:1', tls: undefined };
  assert.equal(optionsOf(place)['grpc.default_authority'], undefined);
  const named = { caCert: undefined, clientCert: undefined, clientKey: undefined, serverName: 'b.internal' };
  assert.equal(optionsOf({ ...place, tls: named })['grpc.ssl_target_name_override'], 'b.internal');
  await assert.rejects(credentialsOf({ ...place, tls: { ...named, caCert: '/nonexistent/ca.pem' } }), /ENOENT/);
});
