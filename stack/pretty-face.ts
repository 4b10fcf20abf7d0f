// The running stack on a terminal: a table while it starts, a few lines about where it is, then one short line per
// event, with time and name in columns. Colour says how things are (green up, yellow degraded, red failed), dim is
// detail. It refuses to be the log: lines are shortened for the eye, `--log-format json` has everything.

import { supervisorLimits } from '#config/limits';
import type { Config } from '#config/schema';
import type { Output } from './command.ts';
import { paint, type Shade } from './paint.ts';
import type { Listening, Plan } from './plan.ts';
import { isToldElsewhere, lineWords } from './pretty-line.ts';
import type { Face } from './run.ts';
import type { Fact } from './state.ts';
import {
  asEvent,
  type ChildExited,
  changeWords,
  childOf,
  exitWords,
  stoppedWords,
  timeWords,
  withoutItWords,
} from './words.ts';

export interface Shown {
  readonly plan: Plan;
  readonly config: Config;
  readonly isDefault: boolean; // the embedded default: worth an invitation to try
}

export function prettyFace(output: Output, shown: Shown): Face {
  return new PrettyFace(output, shown);
}

class PrettyFace implements Face {
  readonly #output: Output;
  readonly #shown: Shown;
  readonly #width: number;
  #table = true; // while it starts: rows, not events
  #workersMs = 0;
  #dropped = 0;

  constructor(output: Output, shown: Shown) {
    this.#output = output;
    this.#shown = shown;
    const names = [...shown.plan.children.map(({ name }) => name), ...shown.plan.external.map(({ name }) => name)];
    this.#width = Math.max('stack'.length, ...names.map((name) => name.length));
    for (const { name, socketPath } of shown.plan.external) {
      this.#row('dim', name, 'external', '', `expected at ${socketPath}`);
    }
  }

  started(): void {
    // a process id helps nobody who watches; the log has it
  }

  tell(fact: Fact, lastLines: (child: string) => readonly string[]): void {
    if (fact.type === 'child-ready') this.#ready(fact);
    else if (fact.type === 'child-exited') this.#exited(fact, lastLines(fact.child));
    else if (fact.type === 'stack-ready') this.#summary(fact);
    else if (fact.type === 'stack-stopping') this.#stopping(fact.hurried);
    else if (fact.type === 'stack-stopped') this.#stopped(fact);
    else if (fact.type === 'start-failed')
      this.#write('\n'); // the error follows
    else this.#told(fact, lastLines);
  }

  line(child: string, _stream: 'stdout' | 'stderr', text: string): void {
    if (this.#output.pendingBytes > supervisorLimits.pendingBytesMax) this.#dropped += 1;
    else if (text.trim() !== '' && !isToldElsewhere(text)) this.#event(child, lineWords(text, this.#output));
  }

  #ready({ child, detail, ms, again }: Extract<Fact, { type: 'child-ready' }>): void {
    const isWorker = this.#shown.plan.children.some(({ kind, name }) => kind === 'worker' && name === child);
    if (!this.#table)
      this.#event(child, `${this.#paint('green', again ? 'ready again' : 'ready')} after ${timeWords(ms)}`);
    else if (isWorker) this.#workersMs = Math.max(this.#workersMs, ms);
    else this.#row('green', child, 'ready', timeWords(ms), detail);
  }

  #exited(fact: ChildExited, lastLines: readonly string[]): void {
    const shade = fact.verdict?.next === 'restart' || fact.failureMode === 'open' ? 'yellow' : 'red';
    if (this.#table) this.#row(shade, fact.child, 'ended', '', exitWords(fact));
    else this.#event(fact.child, this.#paint(shade, exitWords(fact)));
    if (fact.uptimeMs > 0 && fact.failureMode !== undefined)
      this.#event(fact.child, this.#paint('dim', withoutItWords(fact.failureMode)));
    // What it wrote while the table was drawn has not been shown; later it stands right above.
    if (this.#table)
      for (const line of lastLines.slice(-3))
        this.#write(`      ${this.#paint('dim', `| ${lineWords(line, this.#output)}`)}\n`);
  }

  #summary({ listening, missing }: Extract<Fact, { type: 'stack-ready' }>): void {
    const { plan, config, isDefault } = this.#shown;
    const workers = plan.children.filter(({ kind }) => kind === 'worker').length;
    this.#row('green', 'proxy', 'ready', timeWords(this.#workersMs), `${workers} worker${workers === 1 ? '' : 's'}`);
    const urls = listeningUrls(config, listening);
    const lines = urls.map((url, index) =>
      this.#labelled(index === 0 ? 'listening' : '', `${this.#paint('bold', url)}  ->  ${destination(config)}`),
    );
    if (config.admin.address !== undefined) lines.push(this.#labelled('admin', adminUrl(config, listening)));
    for (const name of missing) {
      const spec = plan.children.find((one) => one.name === name);
      const means = spec?.kind === 'agent' ? withoutItWords(spec.failureMode) : '';
      lines.push(this.#labelled('degraded', this.#paint('yellow', `${name} is not running; ${means}`)));
    }
    lines.push(
      '',
      ...(isDefault ? invitation(urls[0]) : []),
      `  see   sentinel-stack status · sentinel-stack ${config.waf === undefined ? 'logs' : 'waf tail'}`,
      '  stop  Ctrl-C',
      '',
    );
    this.#write(`\n${lines.join('\n')}\n`);
    this.#table = false;
  }

  #stopping(hurried: boolean): void {
    this.#table = false;
    if (this.#output.isTerminal) this.#write('\r'); // over the ^C that the terminal shows
    this.#event(
      'stack',
      hurried ? 'not waiting any longer' : `draining … ${this.#paint('dim', '(Ctrl-C again: stop at once)')}`,
    );
  }

  #stopped(fact: Extract<Fact, { type: 'stack-stopped' }>): void {
    const { killed } = fact;
    const cut = killed.length === 0 ? '' : this.#paint('red', `, killed: ${killed.join(', ')}`);
    this.#event('stack', `${stoppedWords(fact)}${cut}`);
  }

  /** What an operator asked for, and what came of it. */
  #told(fact: Fact, lastLines: (child: string) => readonly string[]): void {
    const about = childOf(fact);
    const event = asEvent(fact, about === undefined ? [] : lastLines(about));
    if (event === undefined) return;
    const shade = event.level === 'error' ? 'red' : event.level === 'warn' ? 'yellow' : 'green';
    this.#event('child' in fact ? fact.child : 'stack', this.#paint(shade, changeWords(fact)));
  }

  #row(shade: Shade, name: string, state: string, took: string, detail: string): void {
    const dot = this.#paint(shade, '●');
    const columns = `${name.padEnd(this.#width)}  ${this.#paint(shade, state.padEnd(8))} ${took.padStart(7)}`;
    this.#write(`  ${dot} ${columns}   ${this.#paint('dim', detail)}`.trimEnd());
    this.#write('\n');
  }

  #event(name: string, text: string): void {
    if (this.#table) return; // a table is no place for lines; those of a child that ends are shown with its end
    if (this.#dropped > 0) this.#write(`${clock()} ${this.#dropped} lines dropped: they were read too slowly\n`);
    this.#dropped = 0;
    this.#write(`${this.#paint('dim', clock())} ${name.padEnd(this.#width)}  ${text}\n`);
  }

  #labelled(label: string, text: string): string {
    return `  ${label.padEnd(10)}  ${text}`;
  }

  #paint(shade: Shade, text: string): string {
    return paint(this.#output, shade, text);
  }

  #write(text: string): void {
    this.#output.write(text);
  }
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** What the workers opened; the configuration knows no port where it said 0. */
function listeningUrls(config: Config, listening: Listening): string[] {
  return config.listeners.flatMap(({ name, address, protocol }) =>
    (listening[name] ?? address).map((one) => url(one, protocol)),
  );
}

function adminUrl(config: Config, listening: Listening): string {
  const isListener = config.listeners.some(({ name }) => name === 'admin');
  return url((isListener ? undefined : listening['admin']?.[0]) ?? config.admin.address ?? '');
}

function url(address: string, scheme: 'http' | 'https' = 'http'): string {
  return address.startsWith('unix:') ? address : `${scheme}://${address}`;
}

function destination({ routes }: Config): string {
  const [first] = routes;
  if (first === undefined) return 'no routes';
  if (routes.length > 1) return `${routes.length} routes`;
  return first.builtinHandler === undefined ? (first.upstream ?? first.name) : `${first.builtinHandler} backend`;
}

/** One request that passes and one that is refused: the embedded default screens for the most obvious attacks. */
function invitation(at: string | undefined): string[] {
  if (at === undefined || at.startsWith('unix:')) return [];
  return [`  try   curl -i ${at}/`, `        curl -i "${at}/?id=1'%20OR%201=1--"`];
}
