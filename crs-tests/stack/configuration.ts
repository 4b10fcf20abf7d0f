// The configuration of the stack that tests are sent through: a listener that takes what careful servers refuse, the
// rules with the settings that the corpus asks for, the built-in backend behind, and two logs to read. The shaping
// decision: a last rule logs the end of every transaction, so its lines are known to be all. Pure: texts in, texts out.

import type { FolderPaths } from '#waf';
import { testSettings } from '../rules.ts';

export interface StackFolder {
  readonly configuration: string;
  readonly accessLog: string;
  readonly alertLog: string;
  /** What is to be written, by path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface StackSetting {
  readonly folder: string;
  readonly rules: FolderPaths;
  readonly backend: string; // 127.0.0.1:49152
  readonly processes: number; // of the firewall
}

/** The rule that says of a transaction that nothing more comes. Outside of what rule sets use. */
export const endId = 999_998;

export function stackFolder({ folder, rules, backend, processes }: StackSetting): StackFolder {
  const file = (name: string): string => `${folder}/${name}`;
  const order = [...rules.setup, file('test-settings.conf'), ...rules.rules, file('end.conf')];
  const [configuration, accessLog, alertLog] = [file('sentinel.kdl'), file('access.log'), file('alerts.log')];
  const text = `schema-version "1"
system { runtime-dir ${quoted(file('run'))} }
listeners {
    listener "lab" { address "127.0.0.1:0"; strictness "waf-lab"; default-route "all" }
}
upstreams {
    upstream "backend" { target ${quoted(backend)} }
}
routes {
    route "all" { upstream "backend" }
}
waf {
    mode "detection"
    paranoia-level 4
    rules ${order.map(quoted).join(' ')}
    instances ${processes}
    timeout-ms 60000
    body-inspection { request #true; response #true; on-too-large "inspect-prefix" }
    alert-log { path ${quoted(alertLog)}; max-size 0 }
}
observability {
    logging { access-log { path ${quoted(accessLog)}; max-size 0 } }
}
`;
  return {
    configuration,
    accessLog,
    alertLog,
    files: new Map([
      [configuration, text],
      [file('test-settings.conf'), bodySettings + testSettings],
      [file('end.conf'), endOfTransaction],
      [accessLog, ''], // both are followed before anybody writes to them
      [alertLog, ''],
    ]),
  };
}

const quoted = (text: string): string => JSON.stringify(text);

/** The bounds that the corpus was written for; the block of the configuration has others. */
const bodySettings = `SecRequestBodyNoFilesLimit 131072
SecRequestBodyJsonDepthLimit 512
SecArgumentsLimit 1000
`;

const endOfTransaction = `SecAction "id:${endId},phase:5,pass,log,noauditlog,t:none,msg:'all lines are written'"\n`;
