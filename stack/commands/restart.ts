// `sentinel-stack restart`: new processes in place of those that run, one after the other, so that nobody waits.

import { act, childPath, doneWords } from '../act.ts';
import { attachOptions } from '../attach.ts';
import { defineCommand } from '../command.ts';

export const restart = defineCommand({
  details: `A new process is started and ready before the one whose place it takes drains and ends, so no request fails. What is
down is started. Without a name everything is restarted: agents, then worker by worker.`,
  options: attachOptions,
  positionals: { names: { summary: 'Children, or `proxy` for all workers (everything)', many: true } },
  examples: [
    { line: 'sentinel-stack restart proxy', does: 'all workers, one after the other' },
    { line: 'sentinel-stack restart waf', does: 'one agent' },
    { line: 'sentinel-stack restart', does: 'everything' },
  ],
  run: (context, { names, ...where }) => {
    const words = (done: Parameters<typeof doneWords>[0]) => doneWords(done, 'restarted');
    const all = [{ doing: 'restarting everything', path: '/v1/restart', words }];
    const some = names.map((name) => ({ doing: `restarting ${name}`, path: childPath(name, 'restart'), words }));
    return act(context, where, names.length === 0 ? all : some);
  },
});
