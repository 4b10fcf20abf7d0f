// The body of a refusal: short and plain, HTML for browsers, JSON for programs that ask for it, with the request's id
// for whoever is asked about it, and nothing about the inside. For browsers a route may have pages of its own; they came
// with the configuration, so nothing is read here.

import { STATUS_CODES } from '#config/node-http';
import type { RouteConfig } from '#config/schema';

export interface ErrorPage {
  readonly type: string;
  readonly body: string;
}

/** What is known when a page is made: `sentence` is ours, `id` may have come from a proxy in front. */
export interface Told {
  readonly status: number;
  readonly sentence: string;
  readonly id: string;
}

/** `accept` is the request's own. */
export function errorPage(told: Told, accept: string | undefined, pages?: ErrorPages): ErrorPage {
  const { status, sentence, id } = told;
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  if (accept?.includes('application/json') === true) {
    return { type: 'application/json', body: `${JSON.stringify({ status, error: sentence, request_id: id })}\n` };
  }
  if (accept?.includes('text/html') === true) {
    const usual = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${sentence}</p><p><small>Request ${escapeHtml(id)}</small></p>\n`;
    return { type: 'text/html; charset=utf-8', body: pages?.bodyFor(told) ?? usual };
  }
  return { type: 'text/plain; charset=utf-8', body: `${title}\n${sentence}\nRequest ${id}\n` };
}

/** The pages of a route, split at their placeholders when the route is made. */
export class ErrorPages {
  readonly #byStatus: ReadonlyMap<string, readonly string[]>; // `404`, `4xx`

  static of(files: RouteConfig['errorPages']): ErrorPages | undefined {
    const entries = Object.entries(files);
    if (entries.length === 0) return undefined;
    return new ErrorPages(new Map(entries.map(([name, { text }]) => [name, text.split(placeholders)])));
  }

  private constructor(byStatus: ReadonlyMap<string, readonly string[]>) {
    this.#byStatus = byStatus;
  }

  /** The page of the very status, else that of its class. */
  bodyFor({ status, id }: Told): string | undefined {
    const parts = this.#byStatus.get(String(status)) ?? this.#byStatus.get(`${Math.floor(status / 100)}xx`);
    return parts?.map((part) => filled(part, status, id)).join('');
  }
}

const placeholders = /(\{(?:request_id|status)\})/;

function filled(part: string, status: number, id: string): string {
  if (part === '{status}') return String(status);
  return part === '{request_id}' ? escapeHtml(id) : part;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
