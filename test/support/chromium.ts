// A real browser for tests, driven over the DevTools protocol with Node's own WebSocket: headless, with a profile of its
// own that is gone with it. Where there is none, `chromiumPath` is undefined and the test says that it is skipped.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from './proxy.ts';

export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

const flags = [
  '--headless',
  '--no-sandbox', // tests run as root in containers
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

export class Chromium implements AsyncDisposable {
  readonly #child;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  readonly #statuses: number[] = []; // of documents, in their order
  #session = '';
  #lastId = 0;

  private constructor(child: ReturnType<typeof launch>, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#onMessage(JSON.parse(String(data))));
  }

  static async start(): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'chromium-'));
    const child = launch(profile);
    let said = '';
    child.stderr.on('data', (text) => {
      said += String(text);
    });
    const address = () => /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    await until(
      () => address() !== undefined,
      () => `chromium does not start: ${said}`,
    );
    const socket = new WebSocket(address() ?? '');
    await new Promise((done, failed) => {
      socket.addEventListener('open', done);
      socket.addEventListener('error', failed);
    });
    const browser = new Chromium(child, profile, socket);
    await browser.#openPage();
    return browser;
  }

  /** Goes there and waits until the page's text satisfies; every status that a document had on the way. */
  async visit(url: string, holds: (text: string) => boolean): Promise<{ text: string; statuses: readonly number[] }> {
    this.#statuses.length = 0;
    await this.#send('Page.navigate', { url });
    let text = '';
    await until(
      async () => {
        text = await this.evaluate('document.body === null ? "" : document.body.innerText');
        return holds(text);
      },
      () => `the page says: ${text}`,
    );
    return { text, statuses: [...this.#statuses] };
  }

  async evaluate(expression: string): Promise<string> {
    const answer = await this.#send('Runtime.evaluate', { expression });
    const { result } = Object(answer) as { result?: { value?: unknown } };
    return String(result?.value ?? ''); // between two pages there is none
  }

  /** As if the person had turned them off: what pages set is not kept. */
  async blockCookies(): Promise<void> {
    const source =
      "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => undefined, configurable: true })";
    await this.#send('Page.addScriptToEvaluateOnNewDocument', { source });
  }

  async #openPage(): Promise<void> {
    const { targetId } = Object(await this.#send('Target.createTarget', { url: 'about:blank' }));
    const { sessionId } = Object(await this.#send('Target.attachToTarget', { targetId, flatten: true }));
    assert(typeof sessionId === 'string');
    this.#session = sessionId;
    await this.#send('Page.enable', {});
    await this.#send('Network.enable', {});
  }

  #send(method: string, params: object): Promise<unknown> {
    this.#lastId += 1;
    const session = this.#session === '' ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id: this.#lastId, method, params, ...session }));
    return new Promise((done) => this.#waiting.set(this.#lastId, done));
  }

  #onMessage(message: { id?: number; method?: string; params?: unknown; result?: unknown }): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message.result);
      this.#waiting.delete(message.id);
    } else if (message.method === 'Network.responseReceived') {
      const { type, response } = Object(message.params) as { type: string; response: { status: number } };
      if (type === 'Document') this.#statuses.push(response.status);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((done) => this.#socket.addEventListener('close', done));
    this.#socket.send(JSON.stringify({ id: 0, method: 'Browser.close' }));
    await closed;
    await this.#child;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function launch(profile: string) {
  const path = chromiumPath ?? '';
  return execa(path, [...flags, `--user-data-dir=${profile}`, 'about:blank'], { reject: false, stdin: 'ignore' });
}
