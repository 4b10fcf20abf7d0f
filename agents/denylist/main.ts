// The denylist agent: refuses requests by path, expression, client network and user agent, and by a small built-in list
// of crude attacks. The shaping decision: everything it knows comes in its `config { }` block, so a new list is a new
// `configure`, taken wholly or not at all. It refuses to be mistaken for a WAF: see attacks.ts.

import { allow, block, serveAgent } from '#agent';
import { judge } from './judge.ts';
import { type Denylists, readLists } from './lists.ts';

let lists: Denylists | undefined;

process.exitCode = await serveAgent({
  name: 'denylist',
  onConfigure: (config) => {
    const reading = readLists(config);
    if (!reading.ok) return reading.problems;
    lists = reading.lists;
    return [];
  },
  onRequestHeaders: (event) => {
    const denial = lists === undefined ? undefined : judge(lists, event);
    return denial === undefined ? allow() : block(403, denial);
  },
});
