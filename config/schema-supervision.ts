// The part of the schema that the supervisor alone acts on: how it looks after agents, and how the stack as a whole
// starts, reloads and ends. Entries as in schema.ts, which puts them into the language. Workers are not told of these:
// changing one of them replaces no process.

import { flag, folder, integer, list, ms, name, optional, type Shape, secs, size, text } from './field.ts';
import { agentLimits, proxyLimits } from './limits.ts';

const accountName: Shape = {
  expression: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/,
  words: 'be the name or the number of an account, such as sentinel',
};

export const agentCare = {
  instances: integer(
    'So many processes of the agent, each with a socket of its own; calls go to the one with the least to do, and what an exchange began at one ends there.',
    agentLimits.instances,
  ),
  after: list(
    'Agents that must be ready, or known to be missing, before this one is started.',
    name('An agent.', { refersTo: 'agents', example: 'after "auth"' }),
  ),
  failedRetryMs: secs('Between two tries once the agent counts as failed.', agentLimits.failedRetryMs),
  livenessIntervalMs: ms(
    'Bundled agents are asked over their private channel whether they are alive; how long one answer may take. Of other programs is seen whether they are stopped.',
    agentLimits.livenessMs,
  ),
  livenessMisses: integer(
    'After so many intervals without any answer the agent is killed and started again.',
    agentLimits.livenessMissesMax,
  ),
  memoryMax: optional(
    size('Over this much resident memory the agent is replaced by a new process.', agentLimits.memoryBytes, {
      example: '"512MiB"',
    }),
  ),
  workingDirectory: optional(folder('The folder that the agent runs in; without it that of the stack.')),
  user: optional(
    text('The user that it runs as when the stack was started as root; without it that of `system`.', {
      shape: accountName,
      example: '"waf"',
      security: 'An agent that is taken over is not the proxy, and may not read what the proxy may.',
    }),
  ),
  confined: flag(
    'A bundled agent runs under the permissions of Node: it may read its own code and use its socket, and may neither write other files nor start programs.',
    true,
    { security: 'An agent that is taken over by what it reads has little to take.' },
  ),
  mayRead: list(
    'Files and folders that a confined agent may read besides those that its `config` names in keys that end with -file.',
    text('A path.', { longest: 4096, example: 'may-read "/etc/lists/"' }),
  ),
  mayWrite: list(
    'Files that a confined agent may write, with those that it puts aside beside them.',
    text('A path.', { longest: 4096, example: 'may-write "/var/log/screen.log"' }),
  ),
} as const;

export const stackCare = {
  controlGroup: optional(
    name(
      'The group, by name or number, whose members may use the control socket besides the user that runs the stack.',
      {
        example: '"adm"',
        security: 'Who may use the control socket may read every line, reload and stop the stack.',
      },
    ),
  ),
  user: optional(
    text(
      'The user that workers and agents run as when the stack was started as root: files that they read (certificates and keys, too) and logs that they write must be open to it. The supervisor stays root and serves nobody.',
      { shape: accountName, example: '"sentinel"', security: 'Nothing that reads what strangers send runs as root.' },
    ),
  ),
  group: optional(
    text("Their group, in place of the user's own; of supplementary groups they have none.", {
      shape: accountName,
      example: '"sentinel"',
    }),
  ),
  autoReload: flag('Reload when a file of the configuration has changed: includes, secrets and pages too.', false),
  orphanGraceMs: secs(
    'How long workers and agents serve on when the supervisor is gone, for another one to take over. Then they drain and end.',
    proxyLimits.orphanGraceMs,
  ),
} as const;
