// The files of a route: what a name stands for below its root, in the form that a client takes. The shaping decision: a
// small file that was asked for a moment ago is in memory, and is found without a promise or a call to the system;
// everything else is asynchronous. It knows no exchange: what is answered is static-reply.ts.

import { fileLimits } from '#config/limits';
import { type Encoding, encodings } from './accept-encoding.ts';
import { contentTypeOf } from './content-types.ts';
import { KeptFiles } from './kept-files.ts';
import { describeFile, type ServedFile, type StaticConfig } from './served-file.ts';
import { closeFile, type OpenFile, readWhole, StaticRoot, type Unopened } from './static-root.ts';

export class StaticFiles {
  readonly config: StaticConfig;
  readonly #root: StaticRoot;
  readonly #kept = new KeptFiles();

  constructor(config: StaticConfig) {
    this.config = config;
    this.#root = new StaticRoot(config.root);
  }

  /** The file if it is in memory and was looked at a moment ago. */
  kept(name: string, accepted: number, nowMs: number): ServedFile | undefined {
    return this.#kept.fresh(keyOf(this.#named(name), accepted), nowMs);
  }

  /** The file that the name stands for, with what comes in place of a missing one. */
  async find(name: string, accepted: number, nowMs: number): Promise<ServedFile | Unopened> {
    const found = await this.#form(this.#named(name), accepted, nowMs);
    const { fallback } = this.config;
    const isMissing = 'fd' in found && found.reason === 'missing';
    if (!isMissing || fallback === undefined || !isPage(name)) return found;
    return this.#kept.fresh(keyOf(fallback, accepted), nowMs) ?? (await this.#form(fallback, accepted, nowMs));
  }

  #named(name: string): string {
    return name.endsWith('/') ? `${name}${this.config.index}` : name;
  }

  /** The smallest form that the client takes and that is as new as the file. */
  async #form(name: string, accepted: number, nowMs: number): Promise<ServedFile | Unopened> {
    const open = await this.#root.open(name);
    if (open.fd === undefined) {
      this.#kept.drop(keyOf(name, accepted));
      return open;
    }
    const form =
      accepted === 0 || !contentTypeOf(name).isCompressible ? undefined : await this.#packed(name, accepted, open);
    if (form !== undefined) closeFile(open.fd);
    return this.#load(name, keyOf(name, accepted), form ?? { open, encoding: undefined }, nowMs);
  }

  async #packed(name: string, accepted: number, plain: OpenFile): Promise<Form | undefined> {
    for (const encoding of encodings) {
      if ((accepted & encoding.bit) === 0) continue;
      const open = await this.#root.open(`${name}${encoding.suffix}`);
      if (open.fd === undefined) continue;
      if (Math.floor(open.modifiedMs / 1000) >= Math.floor(plain.modifiedMs / 1000)) return { open, encoding };
      closeFile(open.fd); // made from an older version
    }
    return undefined;
  }

  /** A small file is read, closed and kept; a large one stays open. */
  async #load(name: string, key: string, { open, encoding }: Form, nowMs: number): Promise<ServedFile | Unopened> {
    if (open.size > fileLimits.smallFileBytesMax)
      return describeFile(name, { open, body: undefined, encoding }, this.config);
    try {
      const before = this.#kept.last(key);
      const body = before?.stamp === open.stamp ? before.body : await readWhole(open);
      if (body === undefined)
        return { fd: undefined, reason: 'unreadable', error: 'the file changed while it was read' };
      const file = describeFile(name, { open, body, encoding }, this.config);
      this.#kept.keep(key, file, nowMs);
      return file;
    } finally {
      closeFile(open.fd);
    }
  }
}

interface Form {
  readonly open: OpenFile;
  readonly encoding: Encoding | undefined;
}

function keyOf(name: string, accepted: number): string {
  return `${accepted}${name}`;
}

/** Where the browser routes, addresses have no extension; a missing script or picture is missing. */
function isPage(name: string): boolean {
  return !name.slice(name.lastIndexOf('/')).includes('.');
}
