// No file may, by whatever way round, import itself: a cycle is two files that are one, and a load order nobody chose.
// Imports of types count too: a reader follows them like any other.

import { dirname, join } from 'node:path/posix';
import { type Import, importsOf } from './scan.ts';
import { isCode, type Problems, type TextFile } from './tree.ts';

type Graph = ReadonlyMap<string, readonly { readonly to: string; readonly line: number }[]>;

export function cycleProblems(tree: readonly TextFile[]): Problems {
  const graph = importGraph(tree);
  const problems: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string) => {
    trail.push(path);
    for (const { to, line } of graph.get(path) ?? []) {
      const start = trail.indexOf(to);
      if (start !== -1) problems.push(`${path}:${line}: ${describe([...trail.slice(start), to])}`);
      else if (!done.has(to)) visit(to);
    }
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) if (!done.has(path)) visit(path);
  return problems;
}

const describe = (cycle: readonly string[]): string =>
  `import cycle ${cycle.join(' -> ')}; move what both need into a file below them`;

function importGraph(tree: readonly TextFile[]): Graph {
  const doors = doorTargets(tree);
  const known = new Set(tree.map((file) => file.path));
  const graph = new Map<string, { to: string; line: number }[]>();
  for (const file of tree.filter(isCode)) {
    const edges = importsOf(file.text).map(({ specifier, line }) => ({
      to: target(file.path, specifier, doors),
      line,
    }));
    graph.set(
      file.path,
      edges.filter((edge) => known.has(edge.to)),
    );
  }
  return graph;
}

function target(from: string, specifier: Import['specifier'], doors: ReadonlyMap<string, string>): string {
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  const slash = specifier.indexOf('/');
  const whole = doors.get(specifier);
  if (whole !== undefined || slash === -1) return whole ?? '';
  return doors.get(`${specifier.slice(0, slash)}/*`)?.replace('*', specifier.slice(slash + 1)) ?? '';
}

/** The `imports` of package.json: door to path, both with their `*`. */
function doorTargets(tree: readonly TextFile[]): ReadonlyMap<string, string> {
  const manifest = tree.find((file) => file.path === 'package.json');
  const doors: Record<string, string> = JSON.parse(manifest?.text ?? '{}').imports ?? {};
  return new Map(Object.entries(doors).map(([door, path]) => [door, join(path)]));
}
