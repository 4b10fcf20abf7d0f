// `ipMatch`, `ipMatchFromFile`, `ipMatchF`: is the address in one of these networks? The shaping decision: the set of
// networks that the rest of the product uses, one binary search. Bits behind the prefix are cut off, as in the reference.
// It refuses lists over a network.

import { type Network, NetworkSet, parseNetwork } from '#config/network';
import type { Operator } from '../compile/rule-set.ts';
import { fromConstant, type OperatorProblem, yesOrNo } from './argument.ts';
import { linesOf } from './phrases.ts';

export const ipMatch = fromConstant((text) => fromList(text.split(/[,\s]+/)));

export const ipMatchFromFile = fromConstant((text, files) => {
  const name = text.trim();
  if (/^https?:/i.test(name)) return { problem: `'${name}' is not read over the network: save it beside the rules` };
  const content = files.read(name);
  if (content === undefined) return { problem: `the file '${name}' cannot be read` };
  return fromList(linesOf(content).map((line) => line.split(/[\s#]/, 1)[0] ?? ''));
});

function fromList(written: readonly string[]): Operator | OperatorProblem {
  const networks: Network[] = [];
  for (const text of written.filter((one) => one !== '')) {
    const network = networkOf(text);
    if (network === undefined) return { problem: `'${text}' is no address and no network, such as 10.0.0.0/8` };
    networks.push(network);
  }
  if (networks.length === 0) return { problem: 'there is no address to compare with' };
  const set = new NetworkSet(networks);
  return yesOrNo((value) => set.has(value));
}

/** A network, its bits behind the prefix cut off where there are any. */
function networkOf(text: string): Network | undefined {
  const network = parseNetwork(text);
  if (typeof network !== 'string') return network;
  const [, masked] = /write (\S+),/.exec(network) ?? [];
  const again = masked === undefined ? undefined : parseNetwork(masked);
  return typeof again === 'object' ? again : undefined;
}
