// What open pages are told, once a second, as server-sent events. The shaping decision: one question a second serves all
// pages of this worker, and nobody is asked while no page is open. A page that does not read is cut; it comes back by
// itself and is told everything anew. Bounded in pages and in what waits for each.

import type { ServerResponse } from 'node:http';
import { adminLimits } from '#config/limits';
import type { Source } from './source.ts';

export class EventStream {
  readonly #source: Source;
  readonly #pages = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #lastEvent = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  get isFull(): boolean {
    return this.#pages.size >= adminLimits.streamsMax;
  }

  /** Everything at once, then what is new. */
  async open(response: ServerResponse): Promise<void> {
    this.#pages.add(response);
    response.once('close', () => this.#leave(response));
    response.flushHeaders();
    const overview = await this.#source.ask('overview', 0);
    if (overview !== undefined) send(response, 'whole', overview);
    this.#timer ??= setInterval(() => void this.#tell(), adminLimits.streamEveryMs);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const page of this.#pages) page.end();
  }

  #leave(response: ServerResponse): void {
    this.#pages.delete(response);
    if (this.#pages.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#lastEvent = 0;
  }

  /** Pages know the events that they have by their number, so one that has just come may be told some twice. */
  async #tell(): Promise<void> {
    const overview = await this.#source.ask('overview', this.#lastEvent === 0 ? 1 : this.#lastEvent);
    if (overview === undefined) return;
    this.#lastEvent = lastEventOf(overview);
    for (const page of this.#pages) {
      if (page.writableLength > adminLimits.streamBytesMax) page.destroy();
      else send(page, 'more', overview);
    }
  }
}

/** Without parsing all of it in a process that serves traffic. */
function lastEventOf(overview: string): number {
  return Number(/"lastEvent":(\d+)/.exec(overview)?.[1] ?? 0);
}

function send(page: ServerResponse, event: string, json: string): void {
  page.write(`event: ${event}\ndata: ${json}\n\n`);
}
