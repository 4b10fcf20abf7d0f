// What the doctor makes of the facts: one finding per thing looked at, ok, warn or fail, with the cure where it is not ok.
// Pure, so that every finding is a line in a test. A warning costs something; a failure keeps a stack from running.

import { configurationLimits, systemLimits } from '#config/limits';
import type { Config } from '#config/schema';
import { counted } from '../words.ts';
import type { AddressFacts, DiskFacts, FolderFacts, LogFacts, MachineFacts } from './facts.ts';

export interface Finding {
  readonly about: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly cure?: string | undefined;
}

export function findings(facts: MachineFacts): Finding[] {
  const config = facts.loaded.ok ? facts.loaded.config : undefined;
  return [
    nodeFinding(facts),
    addonFinding(facts),
    socketsFinding(facts),
    configFinding(facts),
    folderFinding(facts.folder),
    ...facts.addresses.map(addressFinding),
    filesFinding(facts, config),
    systemFilesFinding(facts),
    queueFinding(facts),
    synFinding(facts),
    portRangeFinding(facts),
    memoryFinding(facts, config),
    clockFinding(facts),
    ...facts.logs.map(logFinding),
    ...facts.disks.map(diskFinding),
  ].filter((one) => one !== undefined);
}

function ok(about: string, what: string): Finding {
  return { about, level: 'ok', what };
}

function nodeFinding({ node: { version, wanted } }: MachineFacts): Finding {
  const isNew = compareVersions(version.replace(/^v/, ''), wanted) >= 0;
  if (isNew) return ok('node', version);
  return { about: 'node', level: 'fail', what: `${version} is older than ${wanted}`, cure: '`make setup` installs it' };
}

export function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split('.').map(Number));
  const at = [0, 1, 2].find((part) => (left?.[part] ?? 0) !== (right?.[part] ?? 0));
  return at === undefined ? 0 : (left?.[at] ?? 0) - (right?.[at] ?? 0);
}

function addonFinding({ addon }: MachineFacts): Finding {
  if (addon === undefined) return ok('native addon', 're2 loads');
  const cure = '`make setup` builds it; it needs python3, make and g++';
  return { about: 'native addon', level: 'fail', what: `re2 does not load: ${addon}`, cure };
}

function socketsFinding({ holdsSockets }: MachineFacts): Finding {
  if (holdsSockets) return ok('socket holding', 'a worker that ends refuses no connection');
  const what = 'this Node cannot hold sockets, so a restart would refuse connections';
  return { about: 'socket holding', level: 'fail', what, cure: '`make setup` installs the Node that is meant' };
}

function configFinding({ loaded }: MachineFacts): Finding {
  const errors = loaded.problems.filter(({ severity }) => severity === 'error').length;
  const file = loaded.ok ? (loaded.file ?? 'embedded default') : (loaded.sources[0]?.file ?? 'the configuration');
  const cure = '`sentinel-stack check` shows each with its place';
  if (errors > 0) return { about: 'configuration', level: 'fail', what: `${file}: ${counted(errors, 'error')}`, cure };
  const warnings = loaded.problems.length;
  if (warnings === 0) return ok('configuration', `${file}: no problems`);
  return { about: 'configuration', level: 'warn', what: `${file}: ${counted(warnings, 'warning')}`, cure };
}

function folderFinding({ path, uid, ownUid, mode, lock, holder, orphans }: FolderFacts): Finding {
  const about = 'runtime folder';
  const socketBytes = Buffer.byteLength(path) + '/control.sock'.length;
  if (socketBytes > systemLimits.unixPathBytesMax) {
    const what = `${path} is too long for sockets in it`;
    return { about, level: 'fail', what, cure: 'choose a shorter one: --runtime-dir or `system { runtime-dir }`' };
  }
  if (uid !== undefined && (uid !== ownUid || (mode & 0o022) !== 0)) {
    const what = `${path} belongs to another user, or others may write to it`;
    return { about, level: 'fail', what, cure: `remove it, or \`chmod 700 ${path}\` as its owner` };
  }
  if (lock === 'held') return ok(about, `${path}, in use by a stack (pid ${holder})`);
  if (lock === 'absent') return ok(about, uid === undefined ? `${path} will be made` : `${path}, in use by nobody`);
  const left = orphans === 0 ? '' : `; ${counted(orphans, 'process', 'processes')} of it still serve`;
  const what = `${path} was left by a stack that was killed${left}`;
  return { about, level: 'warn', what, cure: '`sentinel-stack up` takes it over' };
}

function addressFinding({ text, trouble, isOurs }: AddressFacts): Finding {
  const about = 'address';
  if (isOurs) return ok(about, `${text} is served by the stack that runs`);
  if (trouble === undefined) return ok(about, `${text} can be listened on`);
  return { about, level: 'fail', what: trouble.what, cure: trouble.hint };
}

const otherFiles = 256; // of the program itself, logs, agents

function filesFinding({ openFilesMax }: MachineFacts, config: Config | undefined): Finding | undefined {
  if (openFilesMax === undefined || config === undefined) return undefined;
  const wanted = config.limits.maxConnections * 2 + otherFiles; // a connection of a client, and one to an upstream
  const shown = openFilesMax === Infinity ? 'no limit' : `${openFilesMax} per process`;
  if (openFilesMax >= wanted) return ok('open files', shown);
  const what = `${shown}; max-connections ${config.limits.maxConnections} may need ${wanted}`;
  const cure = `\`ulimit -n ${wanted}\` before the start, or LimitNOFILE=${wanted} in the unit`;
  return { about: 'open files', level: 'warn', what, cure };
}

const systemFilesShareMax = 0.8;

function systemFilesFinding({ systemFiles }: MachineFacts): Finding | undefined {
  if (systemFiles === undefined) return undefined;
  const { used, most } = systemFiles;
  const isUnbounded = most > Number.MAX_SAFE_INTEGER; // 2^63-1 on systems that do not want to say a number
  const what = `${used.toLocaleString('en-US')} open in all processes${isUnbounded ? '' : `, fs.file-max ${most.toLocaleString('en-US')}`}`;
  if (used <= most * systemFilesShareMax) return ok('system files', what);
  return { about: 'system files', level: 'warn', what, cure: `sysctl -w fs.file-max=${2 * most}` };
}

function queueFinding({ acceptQueueMax: queue }: MachineFacts): Finding | undefined {
  if (queue === undefined) return undefined;
  const wanted = systemLimits.acceptQueueMax;
  if (queue >= wanted) return ok('accept queue', `net.core.somaxconn ${queue}`);
  const what = `net.core.somaxconn is ${queue}: while workers restart, no more clients can wait`;
  return { about: 'accept queue', level: 'warn', what, cure: `sysctl -w net.core.somaxconn=${wanted}` };
}

const synQueueLeast = 1024;

/** With cookies a full queue costs nobody a connection, only options of TCP. */
function synFinding({ synQueueMax, hasSynCookies }: MachineFacts): Finding | undefined {
  if (synQueueMax === undefined) return undefined;
  const what = `net.ipv4.tcp_max_syn_backlog ${synQueueMax}, cookies ${hasSynCookies ? 'on' : 'off'}`;
  if (hasSynCookies || synQueueMax >= synQueueLeast) return ok('handshakes', what);
  return { about: 'handshakes', level: 'warn', what, cure: 'sysctl -w net.ipv4.tcp_syncookies=1' };
}

const ephemeralPortsLeast = 16_000;

function portRangeFinding({ ephemeralPorts }: MachineFacts): Finding | undefined {
  if (ephemeralPorts === undefined) return undefined;
  const shown = `${ephemeralPorts} ports for connections to upstreams`;
  if (ephemeralPorts >= ephemeralPortsLeast) return ok('local ports', shown);
  const cure = 'sysctl -w net.ipv4.ip_local_port_range="15000 60999"';
  return { about: 'local ports', level: 'warn', what: `only ${shown}`, cure };
}

const processBytes = 160 * 1024 * 1024; // a worker or an agent under load

function memoryFinding(facts: MachineFacts, config: Config | undefined): Finding | undefined {
  const { memoryBytes = Infinity, memoryBoundBytes = Infinity, cpus } = facts;
  const most = Math.min(memoryBytes, memoryBoundBytes);
  if (most === Infinity || config === undefined) return undefined;
  const workers = config.system.workerThreads === 0 ? cpus : config.system.workerThreads;
  const ofAgents = config.agents.reduce(
    (sum, { instances, memoryMax }) => sum + instances * (memoryMax ?? processBytes),
    0,
  );
  const wanted = workers * processBytes + ofAgents;
  const where = memoryBoundBytes < memoryBytes ? 'allowed by the cgroup' : 'available';
  const what = `${mebibytes(most)} ${where} for ${counted(workers, 'worker')} and ${counted(config.agents.length, 'agent')}`;
  if (most >= wanted) return ok('memory', what);
  const cure = 'fewer workers (`system { worker-threads }`), or more memory';
  return { about: 'memory', level: 'warn', what: `${what}, which may use ${mebibytes(wanted)}`, cure };
}

function clockFinding({ now, installedAt, isClockKept }: MachineFacts): Finding {
  const shown = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  const about = 'clock';
  const cure = '`timedatectl set-ntp true`, or run chrony';
  if (installedAt !== undefined && now < installedAt) {
    const what = `${shown} is before this program was installed; certificates would be judged wrongly`;
    return { about, level: 'fail', what, cure };
  }
  if (isClockKept === false) return { about, level: 'warn', what: `${shown}, and nobody keeps it right`, cure };
  return ok(about, isClockKept === undefined ? shown : `${shown}, kept by NTP`);
}

function logFinding({ what, path, trouble, isVital }: LogFacts): Finding {
  if (trouble === undefined) return ok(what, `${path} can be written`);
  const why = logTroubles[trouble] ?? trouble;
  const level = isVital ? 'fail' : 'warn';
  return {
    about: what,
    level,
    what: `${path} cannot be written: ${why}`,
    cure: 'make its folder, and give it to the user that writes',
  };
}

const logTroubles: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  EACCES: 'this user may not',
  EROFS: 'its disk is mounted read-only',
};

const diskFailBytes = 16 * 1024 * 1024;

function diskFinding({ path, freeBytes, freeShare }: DiskFacts): Finding {
  const about = 'disk';
  const what = `${path}: ${mebibytes(freeBytes)} free`;
  const cure = 'make room: log files have `max-size` and `max-files`';
  if (freeBytes < diskFailBytes) return { about, level: 'fail', what, cure };
  const isTight = freeShare < 0.02 && freeBytes < configurationLimits.totalBytesMax * 64;
  return isTight ? { about, level: 'warn', what, cure } : ok(about, what);
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024).toLocaleString('en-US')} MiB`;
}
