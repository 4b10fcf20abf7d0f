// Events of the log in words, for those who read lines: what the supervisor tells often enough to deserve a sentence. The
// facts come from a line, not from the supervisor itself, so anything may be missing. What has no sentence here is shown
// as its name and facts.

import type { Exit } from './state.ts';
import { counted, endWords, stoppedWords, timeWords } from './words.ts';

type Facts = Readonly<Record<string, unknown>>;

const sentences: Readonly<Record<string, (facts: Facts) => string>> = {
  'child-started': (facts) => `${text(facts, 'child')} started (pid ${number(facts, 'pid')})`,
  'child-ready': (facts) => `${text(facts, 'child')} ready after ${timeWords(number(facts, 'ready_ms'))}`,
  'child-exited': exitSentence,
  'child-failed': (facts) => `${exitSentence(facts)}; it ended too often`,
  'child-stopped': (facts) => `${text(facts, 'child')} stopped by hand`,
  'stack-ready': (facts) => `ready after ${timeWords(number(facts, 'ready_ms'))}`,
  'stack-stopping': (facts) => `draining … (${text(facts, 'reason')})`,
  'stack-stopped': (facts) =>
    stoppedWords({
      ms: number(facts, 'stop_ms'),
      connections: number(facts, 'connections_closed'),
      cut: number(facts, 'requests_cut'),
    }),
  'reload-applied': (facts) => `reload applied in ${timeWords(number(facts, 'ms'))}${replacedWords(facts)}`,
  'reload-refused': (facts) => `reload refused: ${text(facts, 'what')}`,
  'reload-rolled-back': (facts) => `reload rolled back: ${text(facts, 'what')}`,
  'restart-done': (facts) => `restart done in ${timeWords(number(facts, 'ms'))}${replacedWords(facts)}`,
  'restart-failed': (facts) => `restart failed: ${text(facts, 'what')}`,
  'waf-blocked': (facts) => firewallWords('blocked', facts),
  'waf-detected': (facts) => firewallWords('would block', facts),
};

export function eventSentence(event: string, facts: Facts): string | undefined {
  return Object.hasOwn(sentences, event) ? sentences[event]?.(facts) : undefined;
}

function exitSentence(facts: Facts): string {
  const { code, signal, silent_ms: silentMs, not_ready_ms: slowMs, problem } = facts;
  const exit: Exit = {
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
    killed: false,
    notStarted: typeof facts['notStarted'] === 'string' ? facts['notStarted'] : undefined,
  };
  const said = problem as { code?: unknown; what?: unknown } | undefined;
  const known = typeof said?.what === 'string' ? { code: String(said.code), what: said.what } : undefined;
  const silent = typeof silentMs === 'number' ? silentMs : undefined;
  const end = typeof slowMs === 'number' ? `not ready after ${timeWords(slowMs)}` : endWords(exit, known, silent);
  const next = typeof facts['next_ms'] === 'number' ? `; next try in ${timeWords(facts['next_ms'])}` : '';
  return `${text(facts, 'child')} ${end}${next}`;
}

/** `blocked  GET /?id=1' OR 1=1--   403  score 8   SQL injection in ARGS:id   req 01JD8…` */
function firewallWords(verb: string, facts: Facts): string {
  const { status, score, found, rule } = facts;
  const [first = '', ...more] = Array.isArray(found) ? found.map(String) : [];
  const what = first === '' ? text(facts, 'reason') : `${first}${more.length === 0 ? '' : ` and ${more.length} more`}`;
  const parts = [
    `${verb}  ${text(facts, 'method')} ${readable(text(facts, 'target'))}`,
    `${typeof status === 'number' ? status : ''}${typeof score === 'number' ? `  score ${score}` : ''}`,
    what === '?' ? `rule ${String(rule)}` : what,
    `req ${text(facts, 'request_id')}`,
  ];
  return parts.join('   ');
}

const targetCharactersShown = 100;

/** As a person would write it; what cannot be decoded stays. */
function readable(target: string): string {
  const shown = target.length > targetCharactersShown ? `${target.slice(0, targetCharactersShown)}…` : target;
  try {
    return decodeURIComponent(shown);
  } catch {
    return shown;
  }
}

function replacedWords({ replaced, removed }: Facts): string {
  const count = (list: unknown) => (Array.isArray(list) ? list.length : 0);
  const parts = [
    ...(count(replaced) === 0 ? [] : [`${counted(count(replaced), 'process', 'processes')} replaced`]),
    ...(count(removed) === 0 ? [] : [`${count(removed)} removed`]),
  ];
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function text(facts: Facts, key: string): string {
  const value = facts[key];
  return typeof value === 'string' ? value : '?';
}

function number(facts: Facts, key: string): number {
  const value = facts[key];
  return typeof value === 'number' ? value : 0;
}
