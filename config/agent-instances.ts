// The processes of one agent: how they are called, and where each listens. The supervisor starts them by it and workers
// find them by it. One alone has the agent's own name and path.

import { join, parse } from 'node:path';

export function instanceNames({ name, instances }: { readonly name: string; readonly instances: number }): string[] {
  return instances === 1 ? [name] : numbers(instances).map((number) => `${name}/${number}`);
}

/** `waf.sock` of three: `waf~1.sock`, `waf~2.sock`, `waf~3.sock`. */
export function instanceSockets(path: string, instances: number): string[] {
  if (instances === 1) return [path];
  const { dir, name, ext } = parse(path);
  return numbers(instances).map((number) => join(dir, `${name}~${number}${ext}`));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
