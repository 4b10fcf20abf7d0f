// A face that also writes everything to the log file of the configuration, as JSON, whatever the terminal shows. A reload
// may name another file, or none. What goes wrong with the file is told on the face, once.

import type { RotationRules } from '#config/rotation';
import type { Config } from '#config/schema';
import type { Output } from './command.ts';
import { jsonFace } from './json-face.ts';
import { LogFile } from './log-file.ts';
import type { Face } from './run.ts';
import type { Fact } from './state.ts';

export interface FiledFace extends Face {
  reopen(): void;
  close(): Promise<void>;
}

interface Filed {
  readonly rules: string; // to see whether they changed
  readonly file: LogFile;
  readonly face: Face;
}

export function filedFace(face: Face, configOf: () => Config): FiledFace {
  let filed = open(face, configOf());
  const follow = () => {
    const config = configOf();
    if (filed?.rules === rulesText(config)) return;
    void filed?.file.close();
    filed = open(face, config);
  };
  return {
    started: (child, pid) => {
      face.started(child, pid);
      filed?.face.started(child, pid);
    },
    tell: (fact, lastLines) => {
      face.tell(fact, lastLines);
      filed?.face.tell(fact, lastLines);
      if (fact.type === 'change-ended') queueMicrotask(follow); // behind the settling of what was taken
    },
    line: (child, stream, text) => {
      face.line(child, stream, text);
      filed?.face.line(child, stream, text);
    },
    reopen: () => filed?.file.reopen(),
    close: async () => filed?.file.close(),
  };
}

function open(face: Face, config: Config): Filed | undefined {
  const rules = rulesOf(config);
  if (rules === undefined) return undefined;
  const tell = (fact: Fact) => face.tell(fact, () => []);
  const file = new LogFile(rules, {
    failed: (why) => tell({ type: 'log-failed', path: rules.path, why }),
    resumed: (dropped) => tell({ type: 'log-resumed', path: rules.path, dropped }),
  });
  const output = asOutput(file);
  return { rules: rulesText(config), file, face: jsonFace(output, output, config.observability.logging.level) };
}

function rulesOf({ observability }: Config): RotationRules | undefined {
  const { path, maxSize, maxAgeMs, maxFiles } = observability.logging;
  return path === undefined ? undefined : { path, maxSize, maxAgeMs, maxFiles };
}

function rulesText(config: Config): string {
  return JSON.stringify([rulesOf(config), config.observability.logging.level]);
}

function asOutput(file: LogFile): Output {
  return {
    write: (text) => file.write(text),
    isTerminal: false,
    color: false,
    columns: 80,
    get pendingBytes() {
      return file.pendingBytes;
    },
  };
}
