// `sentinel-stack start NAME`: a child that was stopped, or that failed and waits for its next try, is started now.

import { act, childPath, doneWords } from '../act.ts';
import { attachOptions } from '../attach.ts';
import { defineCommand } from '../command.ts';

export const start = defineCommand({
  details:
    'Returns when it is ready, or says why it is not. What it did wrong before is forgotten. The whole stack is started by `up`.',
  options: attachOptions,
  positionals: { name: { summary: 'A child, or `proxy` for all workers', required: true } },
  examples: [{ line: 'sentinel-stack start waf', does: 'the agent that was stopped, or that waits for its next try' }],
  run: (context, { name, ...where }) =>
    act(context, where, [
      { doing: `starting ${name}`, path: childPath(name, 'start'), words: (done) => doneWords(done, 'started') },
    ]),
});
