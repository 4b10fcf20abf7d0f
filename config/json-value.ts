// A block of the file as JSON, for agents: they get their configuration as data, whatever it holds. One value is itself,
// several are a list; a block is an object, in which a name that repeats becomes a list; `-` alone makes a list.
// `${VARIABLE}` is expanded like everywhere. It refuses what JSON cannot say (#inf, #nan), and knows no keys.

import { z } from 'zod';
import { type Problem, problem } from './errors.ts';
import type { Field } from './field.ts';
import type { Node, Scalar, Value } from './parse.ts';
import { type Environment, readValue } from './read-value.ts';

export type Json = Scalar | Json[] | { [name: string]: Json };

/** What reading needs: the environment, and where problems go. */
export interface JsonReading {
  readonly environment: Environment;
  readonly keep: (found: Problem) => void;
}

export function jsonOf(reading: JsonReading, node: Node): Json {
  const values = node.args.map((value) => scalarOf(reading, value));
  const children = [...node.properties.map(asNode), ...(node.children ?? [])];
  if (children.length === 0 && node.children === undefined) return values.length === 1 ? (values[0] ?? null) : values;
  const [first] = node.args;
  if (first !== undefined) {
    const what = `'${node.name}' has both values and a block`;
    reading.keep(problem('config-extra-value', what, { at: first.at, hint: 'keep one of the two' }));
  }
  if (children.length > 0 && children.every(({ name }) => name === '-')) return listOf(reading, children);
  const byName = Map.groupBy(children, ({ name }) => name);
  refuseNames(reading, byName);
  return Object.fromEntries([...byName].map(([name, nodes]) => [name, oneOrMany(reading, nodes)]));
}

function oneOrMany(reading: JsonReading, nodes: readonly Node[]): Json {
  const [first] = nodes;
  return nodes.length === 1 && first !== undefined ? jsonOf(reading, first) : listOf(reading, nodes);
}

function listOf(reading: JsonReading, nodes: readonly Node[]): Json[] {
  return nodes.map((one) => jsonOf(reading, one));
}

/** `timeout-ms=50` on a block's own line, as the key it stands for. */
export function asNode({ name, nameAt, value, at }: Node['properties'][number]): Node {
  return { name, nameAt, args: [{ value, at }], properties: [], children: undefined };
}

/** Names that are not data where JSON is read: objects of JavaScript hide them, C strings end in them. */
function refuseNames(reading: JsonReading, byName: ReadonlyMap<string, readonly Node[]>): void {
  for (const [name, [node]] of byName) {
    if (name !== '__proto__' && !name.includes('\0')) continue;
    const what = `${JSON.stringify(name)} cannot be a name in '${configKey}'`;
    reading.keep(problem('config-bad-value', what, { at: node?.nameAt, hint: 'rename it' }));
  }
}

const configKey = 'config';

function scalarOf(reading: JsonReading, value: Value): Json {
  if (typeof value.value === 'number' && !Number.isFinite(value.value)) {
    const what = `'${configKey}' takes no numbers without end: JSON has none`;
    reading.keep(problem('config-bad-value', what, { at: value.at }));
    return null;
  }
  if (typeof value.value !== 'string') return value.value;
  const read = readValue(value, { key: configKey, field: freeText, type: anyString }, reading.environment);
  if (read.ok) return String(read.value);
  reading.keep(read.problem);
  return null;
}

export const anyString = z.string();

/** As a secret, a value is a text whatever its length, and no message repeats it. */
export const freeText: Field = { form: 'scalar', kind: 'secret', doc: '', since: '' };
