// Headless Chromium, driven over its DevTools protocol: opens a page, waits for what it shows, takes a picture. One
// process with a profile of its own, gone at the end of the scope. Nothing is sent anywhere but to the page.

import assert from 'node:assert/strict';
import { accessSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from './proxy.ts';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
});

/** Why tests of the page are skipped; `false`: they are not. */
export const browserIsMissing =
  program === undefined ? 'no Chromium is installed: the page is not tested in a browser' : false;

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: Record<string, unknown>;
  readonly error?: unknown;
}

export class Browser implements AsyncDisposable {
  /** What the page complained of: exceptions, and what the browser refused to load or run. */
  readonly complaints: string[] = [];
  readonly #socket: WebSocket;
  readonly #close: () => Promise<void>;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #sent = 0;

  private constructor(socket: WebSocket, close: () => Promise<void>) {
    this.#socket = socket;
    this.#close = close;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data))));
  }

  static async open(): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), 'sentinel-browser-'));
    const child = execa(program ?? '', [...flags, `--user-data-dir=${folder}`, 'about:blank'], {
      reject: false,
      buffer: false,
      stdout: 'ignore',
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const close = async () => {
      child.kill('SIGKILL');
      await child;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      await until(
        () => /DevTools listening on ws:/.test(said),
        () => `no Chromium: ${said}`,
      );
      const [, port] = /ws:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      const pages = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        type: string;
        webSocketDebuggerUrl: string;
      }[];
      const socket = new WebSocket(pages.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
      await new Promise((resolve, reject) => {
        socket.addEventListener('open', resolve);
        socket.addEventListener('error', reject);
      });
      const browser = new Browser(socket, close);
      for (const domain of ['Runtime', 'Log', 'Page', 'Network']) await browser.send(`${domain}.enable`);
      return browser;
    } catch (error) {
      await close();
      throw error;
    }
  }

  async send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.#sent += 1;
    const id = this.#sent;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await promise;
    assert(result !== undefined, `${method}: ${JSON.stringify(error)}`);
    return result;
  }

  goTo(url: string): Promise<unknown> {
    return this.send('Page.navigate', { url });
  }

  /** The value of an expression in the page. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
    return (result as { value?: unknown }).value;
  }

  text(selector: string): Promise<string> {
    return this.value(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`) as Promise<string>;
  }

  /** Until the text of this part of the page satisfies. */
  async shows(selector: string, wanted: RegExp): Promise<string> {
    let text = '';
    await until(
      async () => {
        text = await this.text(selector);
        return wanted.test(text);
      },
      () => `${selector} never showed ${wanted}: ${text}\n${this.complaints.join('\n')}`,
    );
    return text;
  }

  async look(width: number, height: number, scheme: 'light' | 'dark'): Promise<void> {
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  }

  /** A picture of the whole page, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true });
    return Buffer.from(String(data), 'base64');
  }

  #hear(reply: Reply): void {
    if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
    else if (reply.method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(reply.params));
    else if (reply.method === 'Log.entryAdded' && /"level":"(error|warning)"/.test(JSON.stringify(reply.params)))
      this.complaints.push(JSON.stringify(reply.params));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#close();
  }
}
