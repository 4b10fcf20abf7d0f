// The .proto files of the agent protocol, made from the tables by which it is coded (agents/protocol/grpc.ts), so that
// the two cannot differ. It refuses to decide anything: names and numbers are those of the tables.

import { type Method, methods } from '#protocol/grpc';
import { empty, type Field, type Message, type Scalar } from '#protocol/protobuf';

const scalars = {
  string: 'string',
  bool: 'bool',
  uint: 'uint64',
  double: 'double',
  bytes: 'bytes',
  json: 'string',
} as const satisfies Record<Scalar, string>;

/** Path below agents/protocol/ -> its text. */
export function protoFiles(): Readonly<Record<string, string>> {
  const { processStream, controlStream, processEvent, v1ProcessEvent, v1ProcessEventStream } = methods;
  return {
    'agent.proto': protoOf([processStream, controlStream, processEvent]),
    'agent-v1.proto': protoOf([v1ProcessEvent, v1ProcessEventStream]),
  };
}

function protoOf(services: readonly [Method, ...Method[]]): string {
  const [packageName, service] = placeOf(services[0]);
  const messages = new Set<Message>();
  for (const { takes, gives } of services) for (const type of [takes, gives]) gather(type, messages);
  return [
    '// Made from agents/protocol/grpc.ts by `make golden`; changes here are lost. README.md says what the fields mean.',
    '// A field named in a comment as JSON holds any value as JSON in a text.',
    '',
    'syntax = "proto3";',
    '',
    `package ${packageName};`,
    '',
    `service ${service} {`,
    ...services.map(methodLine),
    '}',
    ...[...messages].flatMap((type) => ['', ...messageLines(type)]),
    '',
  ].join('\n');
}

function placeOf({ path }: Method): [packageName: string, service: string] {
  const name = path.split('/')[1] ?? '';
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function methodLine({ path, takes, gives, isStream }: Method): string {
  const stream = isStream ? 'stream ' : '';
  return `  rpc ${path.split('/')[2]}(${stream}${takes.name}) returns (${stream}${gives.name});`;
}

function gather(type: Message, found: Set<Message>): void {
  if (found.has(type)) return;
  found.add(type);
  for (const { type: of } of Object.values(type.fields)) if (typeof of !== 'string') gather(of, found);
}

function messageLines(type: Message): string[] {
  if (type === empty) return ['message Empty {}'];
  const fields = Object.entries(type.fields).map(([name, field]) => fieldLine(name, field, type.kind === 'union'));
  const lines = type.kind === 'union' ? ['oneof content {', ...fields.map((line) => `  ${line}`), '}'] : fields;
  return [`message ${type.name} {`, ...lines.map((line) => `  ${line}`), '}'];
}

function fieldLine(name: string, { number, rule, type }: Field, isInUnion: boolean): string {
  const typeName = typeof type === 'string' ? scalars[type] : type.name;
  const comment = type === 'json' ? ' // JSON' : '';
  const written =
    rule === 'map'
      ? `map<string, ${typeName}>`
      : rule === 'list'
        ? `repeated ${typeName}`
        : rule === 'maybe' && typeof type === 'string' && !isInUnion
          ? `optional ${typeName}`
          : typeName;
  return `${written} ${name} = ${number};${comment}`;
}
