// A gRPC channel to one agent: opened once, ended once, never opened again by itself, since the link decides when an
// agent is tried again. The shaping decision: certificates are read when a channel is opened, so a file that was renewed
// holds from the next connection on. Proxies of the environment are not asked: an agent is where the configuration says.
// Loaded by the first agent that is reached so: grpc-js is 3 MB of code that no other worker needs.

import { readFile } from 'node:fs/promises';
import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { wireLimits } from '#config/limits';
import type { AgentConfig } from '#config/schema';
import type { AgentFault } from './call.ts';

export type GrpcPlace = NonNullable<AgentConfig['transport']['grpc']>;

export const channelOptions: ClientOptions = {
  'grpc.max_receive_message_length': wireLimits.frameBytesMax,
  'grpc.max_send_message_length': wireLimits.frameBytesMax,
  'grpc.enable_retries': 0, // a call is asked once; what then is the failure mode's business
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1, // a connection of its own, which ends with it
};

/** Rejects if a certificate cannot be read or used. */
export async function openClient(place: GrpcPlace): Promise<Client> {
  return new Client(place.address, await credentialsOf(place), optionsOf(place));
}

export function noMetadata(): Metadata {
  return new Metadata();
}

/** With the name that its certificate must hold, where that is not the one in the address. */
export function optionsOf({ tls }: GrpcPlace): ClientOptions {
  const name = tls?.serverName;
  if (name === undefined) return channelOptions;
  return { ...channelOptions, 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name };
}

/** Rejects if a file cannot be read or used. */
export async function credentialsOf({ tls }: GrpcPlace): Promise<ChannelCredentials> {
  if (tls === undefined) return credentials.createInsecure();
  const [authorities, key, certificate] = await Promise.all(
    [tls.caCert, tls.clientKey, tls.clientCert].map(async (file) => (file === undefined ? null : readFile(file))),
  );
  return credentials.createSsl(authorities, key, certificate);
}

/** Said by the agent itself, not by what is between: this call has no answer. */
export const ownWords: ReadonlySet<status> = new Set([
  status.ABORTED,
  status.FAILED_PRECONDITION,
  status.INVALID_ARGUMENT,
  status.UNKNOWN,
]);

export function isCancelledByUs({ code, details }: Pick<ServiceError, 'code' | 'details'>): boolean {
  return code === status.CANCELLED && details === 'Cancelled on client'; // the words of grpc-js, held by a test
}

/** What a call that failed says about its agent. `hasAnswered`: it has said something on this channel before. */
export function faultOf({ code }: Pick<ServiceError, 'code'>, hasAnswered: boolean): AgentFault {
  if (code === status.UNIMPLEMENTED || code === status.RESOURCE_EXHAUSTED) return 'bad-protocol';
  return hasAnswered ? 'lost' : 'unreachable';
}

/** gRPC hands bytes through: the protocol's own codec writes and reads them. */
export function asIs(bytes: Buffer): Buffer {
  return bytes;
}
