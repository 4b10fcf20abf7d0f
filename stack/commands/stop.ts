// `sentinel-stack stop NAME`: one child stays down until it is started again. The whole stack is `down`.

import { act, childPath, doneWords } from '../act.ts';
import { attachOptions } from '../attach.ts';
import { defineCommand } from '../command.ts';

export const stop = defineCommand({
  details: `It finishes what is in flight first. Without an agent its failure mode decides what becomes of requests. A stop is forgotten
when the stack is started again. To stop everything: sentinel-stack down.`,
  options: attachOptions,
  positionals: { name: { summary: 'A child, or `proxy` for all workers', required: true } },
  examples: [{ line: 'sentinel-stack stop waf', does: 'the agent stays down; `start waf` brings it back' }],
  run: (context, { name, ...where }) =>
    act(context, where, [
      { doing: `stopping ${name}`, path: childPath(name, 'stop'), words: (done) => doneWords(done, 'stopped') },
    ]),
});
