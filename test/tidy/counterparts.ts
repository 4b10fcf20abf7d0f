// Every source file `room/part/x.ts` has its test `test/room/part/x.test.ts`, or `x.process.test.ts` where the test
// starts processes or is slow. A file of types alone has nothing to run and needs none.

import { mask, withoutTypes } from './scan.ts';
import { isTest, type Problems, type TextFile } from './tree.ts';

/** Tested from end to end elsewhere: the source, and the test that would fail without it. */
export const testedElsewhere: Readonly<Record<string, string>> = {
  'crs-tests/job.ts': 'test/crs-tests/jobs.process.test.ts',
  // `make package-test` is the test: it makes packages and lives their lives, as root, in minutes; its record is the page.
  'packaging/tree/bundle.ts': 'test/packaging/tree/stage.process.test.ts',
  'packaging/tree/cross.ts': 'packaging/life/main.ts',
  'packaging/life/booted.ts': 'packaging/life/main.ts',
  'packaging/life/inside.ts': 'packaging/life/main.ts',
  'packaging/life/life.ts': 'packaging/life/main.ts',
  'packaging/life/manager.ts': 'packaging/life/main.ts',
  'packaging/life/main.ts': 'docs/packaging.md',
};

export function counterpartProblems(tree: readonly TextFile[], elsewhere = testedElsewhere): Problems {
  const paths = new Set(tree.map((file) => file.path));
  const missing = tree
    .filter((file) => !(file.path in elsewhere) && !testsOf(file.path).some((test) => paths.has(test)))
    .filter(needsTest) // last: to take the types out of a file costs milliseconds
    .map((file) => `${file.path}:1: no test; write ${testsOf(file.path)[0]}`);
  const stale = Object.entries(elsewhere)
    .filter(([source, test]) => !paths.has(source) || !paths.has(test))
    .map(
      ([source, test]) =>
        `test/tidy/counterparts.ts:1: the table says ${source} is tested by ${test}; one of them is gone`,
    );
  return [...missing, ...stale];
}

const needsTest = (file: TextFile): boolean =>
  /^[\w-]+\/.*\.(ts|mjs)$/.test(file.path) && !isTest(file) && hasCode(file.text);

const hasCode = (text: string): boolean => mask(withoutTypes(text)).code.trim() !== '';

function testsOf(path: string): readonly string[] {
  const stem = `test/${path.replace(/\.(ts|mjs)$/, '')}`;
  return [`${stem}.test.ts`, `${stem}.process.test.ts`];
}
