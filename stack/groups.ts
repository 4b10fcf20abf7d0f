// Groups of this system, by name or number, as /etc/group lists them. It refuses to ask other sources of names: a group
// that only a directory service knows is given by its number.

import { readFile } from 'node:fs/promises';
import type { Complaint } from './complain.ts';

export type FoundGroup =
  | { readonly ok: true; readonly id: number | undefined } // undefined: none was wanted
  | { readonly ok: false; readonly complaint: Complaint };

export async function findGroup(name: string | undefined): Promise<FoundGroup> {
  if (name === undefined) return { ok: true, id: undefined };
  if (/^\d{1,9}$/.test(name)) return { ok: true, id: Number(name) };
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = text.split('\n').find((one) => one.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2] ?? Number.NaN);
  if (Number.isInteger(id)) return { ok: true, id };
  const hint = 'choose one that /etc/group lists, or write its number';
  return { ok: false, complaint: { code: 'control-unusable', what: `there is no group "${name}"`, hint } };
}
