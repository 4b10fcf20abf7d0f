// Who may import whom. A room reaches another only through a `#` door, and only in the directions of the table below;
// the programs (stack, proxy, each agent, crs-tests, packaging) are imported by nobody. This is what holds the first
// invariant: the supervisor links no dataplane code, the proxy links no engine code.
// It refuses to look at packages from outside; `packages.ts` does.

import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path/posix';
import { type Import, importsOf } from './scan.ts';
import { isCode, isTest, type Problems, type TextFile } from './tree.ts';

/** The doors each room may use. A room that is not here may use none. */
const doorsOf: Readonly<Record<string, readonly string[]>> = {
  stack: ['#config'],
  proxy: ['#config', '#protocol'],
  'agents/protocol': ['#config'],
  agents: ['#config', '#protocol'], // the files right in agents/: the host that every agent is built on
  'agents/NAME': ['#config', '#protocol', '#agent'],
  'crs-tests': ['#config', '#waf'],
};

export function doorProblems(tree: readonly TextFile[]): Problems {
  return tree.filter(isCode).flatMap((file) =>
    importsOf(file.text).flatMap((imported) => {
      const complaint = complaintAbout(file, imported);
      return complaint === undefined ? [] : [`${file.path}:${imported.line}: ${complaint}`];
    }),
  );
}

function complaintAbout(file: TextFile, { specifier }: Import): string | undefined {
  if (builtinModules.includes(specifier) && !specifier.startsWith('node:'))
    return `imports '${specifier}'; write 'node:${specifier}'`;
  if (isTest(file) || roomOf(file.path) === 'packaging') return undefined; // they are about the whole house
  if (specifier.startsWith('.')) return complaintAboutRelative(file.path, join(dirname(file.path), specifier));
  return specifier.startsWith('#') ? complaintAboutDoor(file.path, specifier) : undefined;
}

function complaintAboutRelative(from: string, to: string): string | undefined {
  const [here, there] = [roomOf(from), roomOf(to)];
  if (here === there) return undefined;
  if (here === 'agents' && there === 'agents/protocol') return undefined; // two libraries, one above the other
  const door = doorPaths.find(([, path]) => to.startsWith(path))?.[0];
  if (door !== undefined) return `a relative import leaves the room ${here}; write the door '${door}'`;
  return `${here} imports ${to}, which has no door; meet it over a process or socket, or move what is shared to config/`;
}

const doorPaths = [
  ['#config/…', 'config/'],
  ['#protocol/…', 'agents/protocol/'],
  ['#agent', 'agents/host.ts'],
  ['#waf', 'agents/waf/engine.ts'],
] as const;

function complaintAboutDoor(from: string, specifier: string): string | undefined {
  const door = specifier.split('/', 1)[0] ?? specifier;
  const room = roomOf(from);
  const allowed = doorsOf[room] ?? (room.startsWith('agents/') ? doorsOf['agents/NAME'] : undefined) ?? [];
  if (allowed.includes(door)) return undefined;
  const open = allowed.length > 0 ? `may use ${allowed.join(', ')}` : 'may use no door';
  return `${room} imports '${specifier}', but ${open}; ask that program over its process or socket`;
}

/** The room a path lies in: a top-level folder, or one of the folders in agents/, each a room of its own. */
export function roomOf(path: string): string {
  const [top = path, folder, ...rest] = path.split('/');
  return top === 'agents' && rest.length > 0 ? `agents/${folder}` : top;
}
