// The formats that an installation is published in, by their names on the command line.

import { makeArchive, makeNpm } from './archives.ts';
import { makeDeb, type Packing } from './deb.ts';
import { makeRpm } from './rpm.ts';

export const formats = {
  deb: makeDeb,
  rpm: makeRpm,
  tar: makeArchive,
  npm: makeNpm,
} as const satisfies Readonly<Record<string, (packing: Packing) => Promise<string>>>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];
