// One file for each program, with everything in it but Node and the re2 addon. The shaping decision: a bundle lies where
// the program lies in a clone, and each module in it still knows the folder that it was written in, so nothing in the
// sources has to know of bundles. Names and lines stay readable for those who are sent a stack trace. It refuses to
// minify, and to take anything that the lockfile does not name.

import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Program } from './programs.ts';

/** Bundles everything into `outdir`; the packages of others that are in there come back. */
export async function bundlePrograms(
  root: string,
  programs: readonly Program[],
  outdir: string,
): Promise<readonly string[]> {
  const packages = new Set<string>();
  for (const program of programs) {
    const inputs = await bundleOne(root, program, outdir);
    for (const name of inputs.flatMap(packageOf)) packages.add(name);
  }
  return [...packages].sort();
}

async function bundleOne(root: string, { source, target }: Program, outdir: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile: join(outdir, target),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    external: ['re2'], // machine code: it cannot be put into a text
    charset: 'utf8',
    legalComments: 'none', // licences have a file of their own
    metafile: true,
    logLevel: 'error',
    banner: { js: prologue(target) },
    plugins: [keepFolders(root)],
  });
  return Object.keys(metafile.inputs);
}

/** CommonJS packages want `require`; our own modules want the folder that they were written in. */
function prologue(target: string): string {
  const up = relative(dirname(target), '.');
  return [
    "import { createRequire as createRequireOfBundle } from 'node:module';",
    "import { join as joinOfBundle } from 'node:path';",
    'const require = createRequireOfBundle(import.meta.url);',
    `const folderInBundle = (folder) => joinOfBundle(import.meta.dirname, '${up}', folder);`,
  ].join('\n');
}

function keepFolders(root: string): Plugin {
  return {
    name: 'keep-folders',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const folder = relative(root, dirname(path));
        const call = `folderInBundle(${JSON.stringify(folder)})`;
        const isOurs = !folder.includes('node_modules');
        const placed = isOurs ? text.replaceAll('import.meta.dirname', call) : text;
        return { contents: placed.replace(/^#!.*/, ''), loader: 'ts' }; // a bundle is not run by itself
      });
    },
  };
}

function packageOf(input: string): string[] {
  const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
  return name === undefined ? [] : [name];
}
