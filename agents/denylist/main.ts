// The denylist agent: refuses requests by path, expression, client network and user agent, and by a small built-in list
// of crude attacks. The shaping decision: everything it knows comes in its `config { }` block, which may name files that
// are watched; a block and a file are taken wholly or not at all. It refuses to be mistaken for a WAF: see attacks.ts.

import { allow, serveAgent } from '#agent';
import { createLogger } from '#config/log';
import { answerTo } from './answer.ts';
import { judge } from './judge.ts';
import { readLists } from './lists.ts';
import type { Action, Denylists } from './model.ts';
import { WatchedFiles } from './watch.ts';

const log = createLogger('denylist');
let all: readonly Denylists[] = [];
let act: Action | undefined;
let files: WatchedFiles | undefined;

process.exitCode = await serveAgent({
  name: 'denylist',
  onConfigure: async (config) => {
    const reading = readLists(config);
    if (!reading.ok) return reading.problems;
    const watched = new WatchedFiles(reading.files, log, (lists) => {
      all = [reading.lists, ...lists];
    });
    const problems = await watched.start();
    if (problems.length > 0) return problems;
    await files?.close();
    files = watched;
    all = [reading.lists, ...watched.lists];
    act = reading.act;
    return [];
  },
  onRequestHeaders: (event) => {
    const denial = judge(all, event);
    return denial === undefined || act === undefined ? allow() : answerTo(denial, act);
  },
  onStop: () => files?.close(),
});
