// The events of late, of the supervisor and of its children, as they were logged: a ring, for pages and for whoever comes
// when something has happened. Lines that are no event of ours are not looked at: access lines pass here by the
// thousand, so the first test costs nothing. It refuses to word anything.

import type { SeenEvent } from '#config/figures/answers';
import { adminLimits } from '#config/limits';
import { type EventName, events } from '#config/log';
import { parseJson } from '#config/parse-json';
import type { KeptLine } from './journal.ts';

export class Recent {
  readonly #events: SeenEvent[] = [];
  #order = 0;

  hear(line: KeptLine): void {
    if (line.stream === 'stdout' || !line.text.startsWith('{')) return;
    const seen = readEvent(line);
    if (seen === undefined) return;
    this.#order += 1;
    this.#events.push({ ...seen, order: this.#order });
    if (this.#events.length > adminLimits.eventsMax) this.#events.shift();
  }

  /** Oldest first. */
  get events(): readonly SeenEvent[] {
    return this.#events;
  }
}

function readEvent({ at, source, text }: KeptLine): Omit<SeenEvent, 'order'> | undefined {
  const value = parseJson(text); // a line that was cut short is no JSON any more
  if (!isRecord(value)) return undefined;
  const { event, level, time: _, name: __, last_lines: ___, ...facts } = value;
  if (typeof event !== 'string' || !isEvent(event)) return undefined;
  return { at, source, event, level: typeof level === 'string' ? level : 'info', facts };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isEvent(name: string): name is EventName {
  return Object.hasOwn(events, name);
}
