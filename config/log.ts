// Every log line that is not per request: one event, one JSON line on stderr, from a fixed list of event names.
// pino writes it, with secrets masked by type (`Secret`) and by name. The access line is not here: it is the
// proxy's own (a pino line costs 2.5-3.8 us, the batched access line 0.3-0.7). It refuses to write free prose:
// the message of a line is its event's name; what happened is in the fields.

import { type DestinationStream, destination, pino } from 'pino';

/** Every event there is, with what it tells. docs/events.md lists the same, tested both ways. */
export const events = {
  'child-started': 'a child process was spawned',
  'child-ready': 'a child can serve',
  'child-exited': 'a child ended: its code or signal, its last lines, and what happens next',
  'child-failed': 'a child fails again and again and is now tried rarely',
  'child-too-big': 'a child uses more memory than it may; another process takes its place',
  'child-stopped': 'a child was stopped by hand; it stays down until it is started',
  'child-not-replaced': 'a process that was to take the place of a child did not come up; the old one stays',
  'stack-ready': 'everything that must run runs',
  'stack-stopping': 'the stack was asked to stop',
  'stack-stopped': 'the stack has stopped',
  'output-lost': 'lines could not be written, usually because the disk was full; from now on they can',
  'user-ignored': 'the stack was not started as root, so nothing runs as another user',
  'stack-takeover': 'a runtime folder left by a stack that is gone was taken over',
  'log-failed': 'a log file cannot be opened or written; lines for it are dropped and counted until it can',
  'log-not-put-aside': 'a log file is due and cannot be renamed; it grows on, and is tried again',
  'log-resumed': 'a log file can be written again; how many lines it lacks',
  'stack-status': 'how the stack is, in one line (SIGUSR2)',
  'reload-applied': 'another configuration is in effect: what was replaced, what was removed',
  'reload-refused': 'a configuration cannot be used; the one before stays in effect',
  'reload-rolled-back': 'what the new configuration needs did not come up; the one before is in effect again',
  'restart-done': 'children were replaced by new processes, as asked',
  'restart-failed': 'a new process did not come up; what was there before stays',
  'worker-draining': 'a proxy worker finishes what is in flight',
  'accept-failed': 'the system refused a new connection (out of descriptors)',
  'connections-refused':
    'connections were closed at a bound: its reason, the latest client, and how many since the last such line',
  'proxy-header-refused': 'a connection was closed because its PROXY header is missing or malformed',
  'tls-client-refused': 'a client was turned away because of its certificate, with the reason',
  'tls-certificate-renewed': 'the file of a certificate changed and is used from now on',
  'tls-certificate-refused': 'a file of TLS changed and cannot be used; what was read before stays',
  'access-log-dropped': 'access lines were dropped because they could not be written fast enough',
  'target-unhealthy': 'probes found a target of an upstream down; it gets no requests',
  'target-healthy': 'probes found a target up again',
  'target-ejected': 'a target is left out for a while because of its replies, with the reason',
  'target-returned': 'the time for which a target was left out is over',
  'breaker-opened': 'the circuit breaker of a target opened after failures in a row; it gets no requests',
  'breaker-closed': 'the circuit breaker of a target closed after trials that succeeded',
  'upstream-down': 'probes, ejections, breakers and names leave no target of an upstream; `panic` decides',
  'upstream-up': 'an upstream has a target again',
  'name-resolved': 'the name of a target has other addresses than before, or can be looked up again',
  'name-failed': 'the name of a target cannot be looked up; what was known stays',
  'agent-connected': 'the proxy reached an agent',
  'agent-lost': 'the connection to an agent ended or was ended, with the reason',
  'agent-health': 'an agent says of itself that it is healthy, degraded, draining or unhealthy',
  'agent-breaker-opened': 'the circuit breaker of an agent opened after failures in a row; its failure mode decides',
  'agent-breaker-closed': 'the circuit breaker of an agent closed after trials that succeeded',
  'agent-overreached': 'an agent would send a request where the configuration does not allow it to',
  'agent-message': 'an agent sent word of itself: a metrics report, or a change of its configuration',
  'agent-update-refused':
    'an agent sent rules or lists: those of an agent are in its own configuration, the proxy keeps none',
  'agent-asks-restart': 'an agent says that it has to be started again to go on as it should',
  'agent-listening': 'an agent listens on its socket',
  'agent-configured': 'an agent took its configuration',
  'agent-refused-config': 'an agent refused its configuration',
  'agent-list-taken': 'an agent read a watched file of its lists',
  'agent-refused-list': 'a watched file of an agent is wrong or gone; the list before stays in force',
  'agent-chaos': 'the chaos agent begins or ends to make faults',
  'agent-bad-peer': 'an agent closed a connection that does not speak the protocol',
  'waf-rules-loaded': 'the firewall has read its rules and decides by them',
  'waf-rules-planned': 'the firewall has worked out which rules a value may match, and is as quick as it will be',
  'waf-blocked': 'the firewall refused a request or a reply: the status, the score, and what was found where',
  'waf-canary-differs':
    'the set of rules on trial would have decided otherwise: which of the two refuses, and what was found',
  'waf-detected': 'the firewall would have refused this, and only looks on',
  'waf-lines-left-out':
    'more was refused in a second than is written here; the counters and the audit log have all of it',
  'waf-rule-failed': 'a rule could not be evaluated; the failure mode decided about that request',
  'waf-transactions-lost':
    'too many requests at once, or their end was never told; the failure mode decides about new ones',
  'waf-requests-unusable': 'the file with refused requests cannot be read or written; none are kept',
  'waf-collections-unusable': 'the file with collections cannot be read or written; they live in memory',
  'internal-error': 'a mistake of ours, with its stack; the exchange or the process ended',
} as const;

export type EventName = keyof typeof events;
/** From the least important on. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];
export type Facts = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(event: EventName, facts?: Facts): void;
  info(event: EventName, facts?: Facts): void;
  warn(event: EventName, facts?: Facts): void;
  error(event: EventName, facts?: Facts): void;
}

/** Names of fields whose value is never written, wherever they stand. */
const maskedNames = ['password', 'token', 'secret', 'authorization', 'cookie'];

/** A logger for one process or part of one. Lines go to stderr unless another stream is given (tests do). */
export function createLogger(
  name: string,
  level: Level = 'info',
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Logger {
  const base = pino(
    {
      level,
      base: { name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
      redact: { paths: maskedNames.flatMap((one) => [one, `*.${one}`]), censor: '***' },
    },
    stream,
  );
  return {
    debug: (event, facts = {}) => base.debug(facts, event),
    info: (event, facts = {}) => base.info(facts, event),
    warn: (event, facts = {}) => base.warn(facts, event),
    error: (event, facts = {}) => base.error(facts, event),
  };
}
