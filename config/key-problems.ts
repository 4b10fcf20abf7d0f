// What is said about keys that are unknown, stand twice, or are written in another form than theirs: a value for a block,
// a block for a value, too many of them or none. Each names the place and what to write. Refuses to judge values.

import { announced } from './announced.ts';
import { type Context, type FieldInput, isJunk, normalName, type Owner, report } from './checking.ts';
import { fieldOf } from './field.ts';
import type { Node, Value } from './parse.ts';
import { suggest } from './suggest.ts';
import { schemaKeys } from './walk.ts';

export function reportRepeated(context: Context, entry: Node, first: Node | undefined): void {
  const other = first && { what: 'it stands here already', at: first.nameAt };
  report(context, 'config-duplicate-key', `'${entry.name}' stands twice`, {
    at: entry.nameAt,
    hint: 'keep one of them',
    other,
  });
}

export function reportUnknown(context: Context, entry: Node, keys: readonly string[], owner: Owner): void {
  if (isJunk(context)) return;
  const name = normalName(entry.name);
  if (announced[owner.path]?.includes(name)) {
    const what = `'${entry.name}' ${owner.what} has no effect in this version, so it is refused`;
    return report(context, 'config-key-not-yet', what, { at: entry.nameAt, hint: 'remove it for now' });
  }
  const hint = hintForUnknown(name, owner.path === '' ? [...keys, ...outsideTheSchema] : keys);
  return report(context, 'config-unknown-key', `unknown key '${entry.name}' ${owner.what}`, { at: entry.nameAt, hint });
}

const outsideTheSchema = ['include', 'defaults']; // of the top level: read before the schema is asked

function hintForUnknown(name: string, keys: readonly string[]): string {
  const near = suggest(name, keys);
  if (near !== undefined) return `did you mean '${near}'?`;
  const elsewhere = schemaKeys().filter(({ key }) => key === name);
  if (outsideTheSchema.includes(name) || elsewhere.some(({ parent }) => parent === ''))
    return 'it belongs at the top level';
  const block = elsewhere[0]?.parent.split('.').at(-1);
  return block === undefined ? `known here: ${keys.join(', ')}` : `it belongs in '${block}'`;
}

export function reportValueMissing(context: Context, { type }: FieldInput, node: Node): undefined {
  const { example, range, kind, fallback: usual } = fieldOf(type);
  const shown =
    example ?? (kind === 'flag' ? '#true' : (range?.default ?? (typeof usual === 'string' ? `"${usual}"` : '…')));
  report(context, 'config-missing-value', `'${node.name}' stands without a value`, {
    at: node.nameAt,
    hint: `write: ${node.name} ${shown}`,
  });
}

export function reportExtraValues(context: Context, node: Node, [extra, next]: readonly Value[]): void {
  if (extra === undefined) return;
  const isProperty = typeof extra.value === 'string' && /^[a-z][a-z_-]*$/.test(extra.value) && next !== undefined;
  const hint = isProperty ? `if a property is meant: ${extra.value}=${JSON.stringify(next.value)}` : 'remove it';
  report(context, 'config-extra-value', `'${node.name}' takes one value`, { at: extra.at, hint });
}

export function refuseBlockAndProperties(context: Context, node: Node): void {
  const [property] = node.properties;
  if (property !== undefined)
    report(context, 'config-extra-value', `'${node.name}' takes no properties`, {
      at: property.nameAt,
      hint: 'remove it',
    });
  if (node.children !== undefined)
    report(context, 'config-extra-value', `'${node.name}' takes a value, not a block`, {
      at: node.nameAt,
      hint: `write: ${node.name} …`,
    });
}

export function refuseArguments(context: Context, node: Node): void {
  const [value] = node.args;
  if (value !== undefined) {
    report(context, 'config-extra-value', `'${node.name}' takes a block, not a value`, {
      at: value.at,
      hint: `write: ${node.name} { … }`,
    });
  } else if (node.children === undefined && node.properties.length === 0) {
    report(context, 'config-missing-value', `'${node.name}' stands without its block`, {
      at: node.nameAt,
      hint: `write: ${node.name} { … }`,
    });
  }
}

/** Of a block whose keys are its children alone. */
export function refuseProperties(context: Context, { name, properties }: Node): void {
  for (const { nameAt: at } of properties)
    report(context, 'config-extra-value', `'${name}' takes no properties`, { at, hint: 'remove it' });
}

export function refuseBareItem(context: Context, node: Node): void {
  report(
    context,
    'config-missing-value',
    `${node.name} ${JSON.stringify(node.args[0]?.value)} stands without its block`,
    { at: node.nameAt, hint: `write: ${node.name} "…" { … }` },
  );
}
