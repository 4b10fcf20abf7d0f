// Items that take several arguments, `header "X-A" "1" "2"` and `sni "a" "b" { … }`: how the arguments stand for a key of
// the item, and the key for the arguments. It refuses to read values: check.ts does.

import type { Node } from './parse.ts';

/** `sni { hostnames "a" "b"; … }` is `sni "a" "b" { … }`: what may stand as arguments may stand as their key, too. */
export function withArguments(node: Node, isTheirKey: (child: Node) => boolean): Node {
  const list = node.args.length > 0 ? undefined : node.children?.find(isTheirKey);
  if (list === undefined) return node;
  return { ...node, args: list.args, children: node.children?.filter((one) => one !== list) };
}

/** The arguments behind the first, as the key that they stand for, if there are any. */
export function restOf({ nameAt, args }: Node, key: string | undefined): Node[] {
  if (key === undefined || args.length < 2) return [];
  return [{ name: key, nameAt, args: args.slice(1), properties: [], children: undefined }];
}
