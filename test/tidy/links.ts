// Every relative link of every page leads to a file that exists, and to a heading that exists in it.
// Links to the network are not followed: a test must not depend on somebody else's server.

import { dirname, join } from 'node:path/posix';
import type { Problems, TextFile } from './tree.ts';

interface Link {
  readonly target: string;
  readonly line: number;
}

export function linkProblems(tree: readonly TextFile[]): Problems {
  const texts = new Map(tree.map((file) => [file.path, file.text]));
  const folders = new Set(tree.flatMap((file) => parentsOf(file.path)));
  return tree
    .filter((file) => file.path.endsWith('.md'))
    .flatMap((page) =>
      linksOf(page.text).flatMap(({ target, line }) => {
        const [path = '', anchor] = target.split('#', 2);
        const to = path === '' ? page.path : join(dirname(page.path), decodeURI(path)).replace(/\/$/, '');
        const text = texts.get(to);
        if (text === undefined && !folders.has(to))
          return [`${page.path}:${line}: links to ${to}, which does not exist; mend the path`];
        if (anchor === undefined || text === undefined || !to.endsWith('.md')) return [];
        if (anchorsOf(text).has(anchor)) return [];
        return [`${page.path}:${line}: links to #${anchor}, but ${to} has no such heading; mend the anchor`];
      }),
    );
}

function parentsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === '.' ? ['.'] : [parent, ...parentsOf(parent)];
}

function linksOf(text: string): readonly Link[] {
  return proseLines(text).flatMap((line, index) =>
    [...line.replace(/`[^`]*`/g, '').matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/g)]
      .map((match) => ({ target: match[1] ?? match[2] ?? '', line: index + 1 }))
      .filter(({ target }) => !/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target)),
  );
}

/** The lines of a page, those inside fences emptied. */
function proseLines(text: string): readonly string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark === undefined) return line;
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence)) fence = undefined;
    return '';
  });
}

/** Headings as GitHub makes anchors of them, and anchors written by hand. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of proseLines(text)) {
    for (const match of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? '');
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading !== undefined) anchors.add(firstFree(slugOf(heading), anchors));
  }
  return anchors;
}

const slugOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

function firstFree(slug: string, taken: ReadonlySet<string>): string {
  let name = slug;
  for (let count = 1; taken.has(name); count += 1) name = `${slug}-${count}`;
  return name;
}
