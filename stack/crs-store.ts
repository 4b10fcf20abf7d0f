// Installed Core Rule Sets: a folder for each version, a link to the one in use, a link to the one before. The shaping
// decision: nothing is in its place before it has been checked whole (sum or signature, what is in the archive, and the
// rules by the firewall itself), and what is in use changes by the renaming of a link. Archives are taken apart by tar.
// It refuses archives that hold links, that grow past their bound, or that come over the network without a proof.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { execa } from 'execa';
import { hasErrors, type Problem } from '#config/errors';
import { crsStoreLimits } from '#config/limits-waf-agent';
import { loadText } from '#config/load';
import { crsCurrent, crsPrevious } from '#config/state-folder';
import type { Complaint } from './complain.ts';
import { ruleProblems } from './rule-check.ts';

export interface Proof {
  readonly sha256: string | undefined; // of the archive, in hex
  readonly signature: string | undefined; // a detached one, in a file
  readonly keyring: string | undefined; // for gpgv
}

export interface Installed {
  readonly version: string;
  readonly folder: string;
  readonly sha256: string;
}

/** Something that a person has to mend; thrown, so that what was begun is taken away on one way. */
export class NotInstalled extends Error {
  readonly complaint: Complaint;
  readonly problems: readonly Problem[];

  constructor(complaint: Complaint, problems: readonly Problem[] = []) {
    super(complaint.what);
    this.complaint = complaint;
    this.problems = problems;
  }
}

/** Rejects with `NotInstalled`; then nothing has changed. */
export async function installCrs(home: string, source: string, proof: Proof): Promise<Installed> {
  await mkdir(home, { recursive: true, mode: 0o755 });
  const work = await mkdtemp(join(home, '.new-'));
  try {
    const archive = join(work, 'archive');
    const sha256 = await fetchArchive(source, archive, proof);
    await checkProof(archive, sha256, proof);
    const folder = await unpack(archive, work);
    const version = await versionOf(folder);
    await checkRules(folder);
    const place = join(home, version);
    if (await isThere(place))
      throw refused(`version ${version} is installed already`, 'take it into use: sentinel-stack crs use VERSION');
    await rename(folder, place);
    return { version, folder: place, sha256 };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The one that `rules "crs"` means from the next reload on. Returns the one before. */
export async function useCrs(home: string, version: string): Promise<string | undefined> {
  if (!(await versionsIn(home)).includes(version))
    throw refused(`version ${version} is not installed`, 'see what is: sentinel-stack crs list');
  const before = await linkIn(home, crsCurrent);
  if (before === version) return before;
  if (before !== undefined) await pointTo(home, crsPrevious, before);
  await pointTo(home, crsCurrent, version);
  return before;
}

/** Back to the one before. Returns both. */
export async function rollBackCrs(home: string): Promise<{ readonly from: string | undefined; readonly to: string }> {
  const to = await linkIn(home, crsPrevious);
  if (to === undefined) throw refused('there is no version before', 'choose one: sentinel-stack crs use VERSION');
  return { from: await useCrs(home, to), to };
}

export interface Listed {
  readonly version: string;
  readonly isCurrent: boolean;
  readonly isPrevious: boolean;
}

export async function listCrs(home: string): Promise<Listed[]> {
  const [current, previous] = [await linkIn(home, crsCurrent), await linkIn(home, crsPrevious)];
  return (await versionsIn(home)).map((version) => ({
    version,
    isCurrent: version === current,
    isPrevious: version === previous,
  }));
}

// ---- the archive

const refused = (what: string, hint?: string): NotInstalled =>
  new NotInstalled({ code: 'crs-not-installed', what, hint });

/** Copied, so that what is checked is what is taken apart. Returns its sum. */
async function fetchArchive(source: string, target: string, { sha256, signature }: Proof): Promise<string> {
  const isRemote = /^https?:\/\//.test(source);
  if (isRemote && sha256 === undefined && signature === undefined)
    throw refused('an archive from the network needs a proof', 'add --sha256 SUM, or --signature FILE --keyring FILE');
  const hash = createHash('sha256');
  try {
    const stream = isRemote ? await download(source) : createReadStream(source);
    await pipeline(
      stream,
      bounded(crsStoreLimits.archiveBytesMax, (chunk) => hash.update(chunk)),
      createWriteStream(target, { mode: 0o600 }),
    );
  } catch (error) {
    throw refused(`cannot read ${source}: ${reasonOf(error)}`);
  }
  return hash.digest('hex');
}

async function download(url: string): Promise<Readable> {
  const response = await fetch(url, { signal: AbortSignal.timeout(crsStoreLimits.downloadMs) });
  if (!response.ok || response.body === null) throw new Error(`it answered ${response.status}`);
  return Readable.fromWeb(response.body);
}

/** Each piece within the bound is seen by `look`, too. */
function bounded(bytesMax: number, look: (chunk: Buffer) => void = () => undefined): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) return done(new Error(`it is larger than ${bytesMax} bytes`));
      look(chunk);
      done(null, chunk);
    },
  });
}

async function checkProof(archive: string, sum: string, { sha256, signature, keyring }: Proof): Promise<void> {
  if (sha256 !== undefined && sha256.toLowerCase() !== sum)
    throw refused(`the archive is not the one that is meant: its SHA-256 is ${sum}`);
  if (signature === undefined) return;
  if (keyring === undefined)
    throw refused('a signature is worth what its key is worth', 'add --keyring FILE with the key of who signs');
  const { exitCode, stderr, failed } = await execa('gpgv', ['--keyring', keyring, signature, archive], {
    reject: false,
    timeout: crsStoreLimits.toolMs,
  });
  if (failed || exitCode !== 0)
    throw refused(`the signature does not hold: ${lastLineOf(stderr) || 'gpgv did not run'}`);
}

/** The one folder in it. */
async function unpack(archive: string, work: string): Promise<string> {
  const plain = join(work, 'plain.tar');
  const target = join(work, 'unpacked');
  await mkdir(target);
  try {
    await pipeline(
      createReadStream(archive),
      createGunzip(),
      bounded(crsStoreLimits.unpackedBytesMax),
      createWriteStream(plain),
    );
  } catch (error) {
    throw refused(`the archive cannot be taken apart: ${reasonOf(error)}`, 'it must be a .tar.gz');
  }
  const options = ['--no-same-owner', '--no-same-permissions', '-xf', plain, '-C', target];
  const { exitCode, stderr } = await execa('tar', options, { reject: false, timeout: crsStoreLimits.toolMs });
  if (exitCode !== 0) throw refused(`the archive cannot be taken apart: ${lastLineOf(stderr)}`);
  await refuseLinks(target);
  const [only, ...more] = await readdir(target);
  if (only === undefined || more.length > 0)
    throw refused('the archive holds no Core Rule Set: one folder was expected');
  return join(target, only);
}

/** A link could lead anywhere, and the firewall would read there. */
async function refuseLinks(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.length > crsStoreLimits.filesMax)
    throw refused(`the archive holds more than ${crsStoreLimits.filesMax} files`);
  const odd = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (odd !== undefined) throw refused(`the archive holds ${odd.name}, which is neither file nor folder`);
}

/** By what its rules say of themselves. */
async function versionOf(folder: string): Promise<string> {
  const first = (await readdir(join(folder, 'rules')).catch(() => [])).find((name) =>
    name.includes('901-INITIALIZATION'),
  );
  if (first === undefined)
    throw refused('the archive holds no Core Rule Set: there is no rules/REQUEST-901-INITIALIZATION.conf');
  const text = await readFile(join(folder, 'rules', first), 'latin1');
  const [, version] =
    /^SecComponentSignature "OWASP_CRS\/(\d{1,4}(?:\.\d{1,4}){1,3}(?:-[a-z0-9]{1,20})?)"/m.exec(text) ?? [];
  if (version === undefined) throw refused(`${basename(first)} does not say which version it is`);
  return version;
}

async function checkRules(folder: string): Promise<void> {
  const text = `listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\nwaf { rules ${JSON.stringify(folder)} }`;
  const loaded = loadText('crs', text);
  const problems = loaded.ok ? await ruleProblems(loaded.running) : loaded.problems;
  if (hasErrors(problems))
    throw new NotInstalled({ code: 'crs-not-installed', what: 'the firewall cannot run these rules' }, problems);
}

// ---- versions

async function versionsIn(home: string): Promise<string[]> {
  const names = await readdir(home).catch(() => []);
  return names
    .filter((name) => /^\d/.test(name))
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

async function linkIn(home: string, name: string): Promise<string | undefined> {
  return readlink(join(home, name)).catch(() => undefined);
}

async function pointTo(home: string, name: string, version: string): Promise<void> {
  const fresh = join(home, `.${name}-${process.pid}`);
  await rm(fresh, { force: true });
  await symlink(version, fresh);
  await rename(fresh, join(home, name));
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const lastLineOf = (text: string): string => text.trim().split('\n').at(-1) ?? '';
