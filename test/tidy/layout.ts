// The rooms are fixed and shallow: a newcomer finds a file by guessing. `room/part/file`, one folder deeper inside
// `agents/NAME/` because each agent is a room of its own, and one deeper below `test/`, which mirrors the rooms.
// Folders that begin with a dot belong to tools and may be as they like.

import { isCode, type Problems, type TextFile } from './tree.ts';

const rooms = ['stack', 'proxy', 'agents', 'waf-rules', 'crs-tests', 'config', 'packaging', 'test', 'docs'];
const dotFolders = ['.ci', '.git', '.github'];

export function layoutProblems(tree: readonly TextFile[]): Problems {
  return tree.flatMap((file) => {
    const complaint = complaintAbout(file);
    return complaint === undefined ? [] : [`${file.path}:1: ${complaint}`];
  });
}

function complaintAbout(file: TextFile): string | undefined {
  const parts = file.path.split('/');
  const top = parts[0] ?? '';
  if (parts.length === 1) return isCode(file) ? 'code at the root; move it into a room' : undefined;
  if (dotFolders.includes(top)) return undefined;
  if (!rooms.includes(top)) return `the top-level folder ${top}/ is not one of ${rooms.join(', ')}; move it into one`;
  const deepest = partsMax(parts);
  if (parts.length <= deepest) return undefined;
  return `${parts.length - 1} folders deep, ${deepest - 1} is the most here; make it a sibling instead of a child`;
}

function partsMax(parts: readonly string[]): number {
  const [top, second] = parts;
  if (top === 'test') return second === 'agents' ? 5 : 4;
  return top === 'agents' ? 4 : 3;
}
