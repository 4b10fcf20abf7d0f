// Every command there is, in the order of the help. A command is loaded only when it is run or explained, so that
// `sentinel-stack version` does not pay for the configuration language. Nothing registers itself.

import type { CommandEntry } from './command.ts';

export const commandTable: readonly CommandEntry[] = [
  {
    name: 'up',
    group: 'Run it',
    summary: 'Start the agents and the proxy, keep them running, stop them on Ctrl-C',
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'down',
    group: 'Run it',
    summary: 'Stop the stack: drain, wait, and say what it took',
    load: async () => (await import('./commands/down.ts')).down,
  },
  {
    name: 'reload',
    group: 'Run it',
    summary: 'Apply the configuration as it is now, or say why not',
    load: async () => (await import('./commands/reload.ts')).reload,
  },
  {
    name: 'restart',
    group: 'Run it',
    summary: 'Replace processes without a failed request: one child, all workers, everything',
    load: async () => (await import('./commands/restart.ts')).restart,
  },
  {
    name: 'stop',
    group: 'Run it',
    summary: 'Take one child down until it is started again',
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  {
    name: 'start',
    group: 'Run it',
    summary: 'Start a child that is down',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'proxy',
    group: 'Run it',
    summary: 'Run the proxy alone in the foreground, without a supervisor',
    load: async () => (await import('./commands/proxy.ts')).proxy,
  },
  {
    name: 'status',
    aliases: ['ps'],
    group: 'Look at it',
    summary: 'How everything is: children, rates, upstreams',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'logs',
    group: 'Look at it',
    summary: 'The last lines of everything that runs; -f for those that come',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'top',
    group: 'Look at it',
    summary: 'Rates and processes on one screen that stays true',
    load: async () => (await import('./commands/top.ts')).top,
  },
  {
    name: 'doctor',
    group: 'Look at it',
    summary: 'Look at the machine: what keeps a stack from running, with the cure',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'check',
    aliases: ['validate', 'test'],
    group: 'Configuration',
    summary: 'Say everything that is wrong with a configuration, with its place',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'show',
    group: 'Configuration',
    summary: 'Print the configuration in effect, and where each value comes from',
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'fmt',
    group: 'Configuration',
    summary: 'Lay configuration files out anew, keeping every comment',
    load: async () => (await import('./commands/fmt.ts')).fmt,
  },
  {
    name: 'diff',
    group: 'Configuration',
    summary: 'Say what differs between two configurations, by meaning',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'init',
    group: 'Configuration',
    summary: 'Write a commented configuration to start from',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'schema',
    group: 'Configuration',
    summary: 'Print the language as JSON Schema',
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  {
    name: 'waf',
    group: 'Tools',
    summary: 'What the firewall does: the SecLang that its configuration stands for',
    load: async () => (await import('./commands/waf.ts')).waf,
  },
  {
    name: 'crs',
    group: 'Tools',
    summary: 'Run the regression tests of a rule set',
    load: async () => (await import('./commands/crs.ts')).crs,
  },
  {
    name: 'hash-password',
    group: 'Tools',
    summary: 'Print a line for the users file of basic-auth',
    load: async () => (await import('./commands/hash-password.ts')).hashPasswordCommand,
  },
  {
    name: 'completion',
    group: 'Tools',
    summary: 'Print the completion script of a shell: bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    name: 'version',
    group: 'Tools',
    summary: 'Print the version',
    load: async () => (await import('./commands/version.ts')).version,
  },
  {
    name: 'help',
    group: 'Tools',
    summary: 'Explain a command, or list them all',
    load: async () => (await import('./commands/help.ts')).help,
  },
];
