// `sentinel-stack diff OLD NEW`: what differs in meaning. Comments, layout and defaults written out do not count.

import { type Change, compare, type Difference } from '#config/compare';
import { effective } from '#config/effective';
import { defineCommand, exitCodes, type Output } from '../command.ts';
import { loadOrComplain } from '../loading.ts';
import { paint } from '../paint.ts';

export const diff = defineCommand({
  details: 'Compares the values in effect: includes read, variables expanded, defaults filled in. Secrets stay masked.',
  options: {},
  positionals: {
    old: { summary: 'The one file', required: true },
    new: { summary: 'The other file', required: true },
  },
  examples: [
    {
      line: 'sentinel-stack diff /etc/sentinel-stack/sentinel.kdl sentinel.kdl',
      does: 'what the new file would change',
    },
    { line: 'sentinel-stack diff old.kdl new.kdl --json', does: 'the same, as data' },
  ],
  async run(context, { old, new: young }) {
    const before = loadOrComplain(context, old);
    const after = loadOrComplain(context, young);
    if (before === undefined || after === undefined) return exitCodes.refused;
    const differences = compare(effective(before.config, before.origins), effective(after.config, after.origins));
    const { stdout, json } = context;
    stdout.write(json ? `${JSON.stringify({ differences }, undefined, 2)}\n` : table(differences, stdout));
    return exitCodes.done;
  },
});

function table(differences: readonly Difference[], output: Output): string {
  if (differences.length === 0) return 'no difference in meaning\n';
  const where = Math.max(...differences.map((one) => one.where.length));
  const name = Math.max(...differences.map((one) => one.name.length));
  return differences.map((one) => rows(one, { where, name }, output)).join('');
}

const shades = { '+': 'green', '-': 'red', '~': 'yellow' } as const;

function rows(one: Difference, width: { where: number; name: number }, output: Output): string {
  const changes = one.changes.length === 0 ? [''] : one.changes.map((change) => words(one.sign, change));
  return changes
    .map((change, index) => {
      const [where, name] = index === 0 ? [one.where, one.name] : ['', ''];
      const sign = index === 0 ? paint(output, shades[one.sign], one.sign) : ' ';
      return `  ${where.padEnd(width.where)}  ${sign} ${name.padEnd(width.name)}  ${change}`.trimEnd().concat('\n');
    })
    .join('');
}

function words(sign: Difference['sign'], { key, before, after }: Change): string {
  if (sign !== '~') return `${key} ${after ?? before}`;
  return `${key} ${before ?? 'not set'} -> ${after ?? 'not set'}`;
}
