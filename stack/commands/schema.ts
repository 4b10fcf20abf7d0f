// `sentinel-stack schema`: the language as JSON Schema, for editors and programs.

import { jsonSchema } from '#config/json-schema';
import { defineCommand, exitCodes } from '../command.ts';

export const schema = defineCommand({
  details: 'Describes the data that `sentinel-stack show --json` prints under `configuration`.',
  options: {},
  positionals: {},
  examples: [{ line: 'sentinel-stack schema > sentinel.schema.json', does: 'a file for an editor or a validator' }],
  async run({ stdout }) {
    stdout.write(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
    return exitCodes.done;
  },
});
