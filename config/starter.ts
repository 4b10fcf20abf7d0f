// The files that `init` writes. A profile is a small configuration; the sentence above each key comes from the schema, so
// a starter file cannot explain a key wrongly. What it leaves out is in the reference.

import { format } from './format.ts';
import { type Node, parse } from './parse.ts';
import { makeSource } from './source.ts';
import { schemaKeys } from './walk.ts';

export const profiles = {
  waf: {
    summary: 'a site behind the firewall, refusing what its rules find',
    change: 'its upstream',
    text: `
schema-version "1"
listeners { listener "http" { address "127.0.0.1:8080" } }
routes {
  route "uploads" {
    matches { path-prefix "/upload" }
    upstream "backend"
    waf { inspect-request-body #false }
  }
  route "site" { upstream "backend" }
}
upstreams { upstream "backend" { target "127.0.0.1:3000" } }
waf {
  mode "prevention"
  rules "sentinel"
  paranoia-level 1
  anomaly-threshold 5
  failure-mode "closed"
  exclusions { exclusion "editor" { tags "attack-xss"; path "/editor"; targets "ARGS:html" } }
  audit-log { path "waf-audit.log" }
}
admin { address "127.0.0.1:9090" }`,
  },
  proxy: {
    summary: 'one upstream behind one listener',
    change: 'its upstream',
    text: `
schema-version "1"
listeners { listener "http" { address "127.0.0.1:8080" } }
routes { route "site" { upstream "backend" } }
upstreams { upstream "backend" { target "127.0.0.1:3000" } }
admin { address "127.0.0.1:9090" }`,
  },
  api: {
    summary: 'an API behind the firewall, limits of its own, and a status route',
    change: 'its upstream',
    text: `
schema-version "1"
listeners { listener "http" { address "127.0.0.1:8080"; default-route "nothing-here" } }
routes {
  route "api" {
    matches { path-prefix "/api"; method "GET" "POST" "PUT" "PATCH" "DELETE" }
    upstream "backend"
    policies { timeout-secs 30; max-body-size "2MiB" }
  }
  route "status" { matches { path "/_status" }; builtin-handler "status" }
  route "nothing-here" { priority "low"; builtin-handler "not-found" }
}
upstreams {
  upstream "backend" {
    target "127.0.0.1:3000"
    target "127.0.0.1:3001"
    load-balancing "least-connections"
  }
}
waf { rules "sentinel"; timeout-ms 200; failure-mode "closed" }
admin { address "127.0.0.1:9090" }`,
  },
  static: {
    summary: 'a site from a folder, with the headers that browsers are told to be careful by',
    change: 'its folder',
    text: `
schema-version "1"
listeners { listener "http" { address "127.0.0.1:8080" } }
routes {
  route "site" {
    static-files { root "/srv"; index "index.html"; fallback "/index.html"; precompressed #true; cache-control "no-cache" }
    policies { security-headers { } }
  }
}
admin { address "127.0.0.1:9090" }`,
  },
  websocket: {
    summary: 'a site whose path /ws speaks WebSocket',
    change: 'its upstream',
    text: `
schema-version "1"
listeners { listener "http" { address "127.0.0.1:8080" } }
routes {
  route "chat" {
    matches { path-prefix "/ws" }
    upstream "backend"
    websocket #true
    tunnel { idle-timeout-secs 300; max-lifetime-secs 86400 }
  }
  route "site" { upstream "backend" }
}
upstreams { upstream "backend" { target "127.0.0.1:3000" } }
limits { max-tunnels 5000 }
admin { address "127.0.0.1:9090" }`,
  },
} as const;

export type Profile = keyof typeof profiles;
export const profileNames = Object.keys(profiles) as Profile[];

/** The file of a profile: formatted, each key explained at its first appearance. */
export function starter(profile: Profile): string {
  const { text, summary } = profiles[profile];
  const source = makeSource(`${profile}.kdl`, text.trimStart());
  const comments = commentsFor(parse(source).nodes, '', new Set());
  const lines = expanded(source.text).flatMap(({ line, key }) => {
    const comment = comments.get(key);
    comments.delete(key);
    return comment === undefined ? [line] : [`// ${comment}`, line];
  });
  const head = [`// ${profile}: ${summary}. Every key: docs/configuration.md. Check it: sentinel-stack check`, ''];
  const formatted = format(makeSource(source.file, [...head, ...lines].join('\n')));
  if (!formatted.ok) throw new Error(`the starter file ${profile} does not parse`); // our mistake: tested
  return spaced(formatted.text);
}

/** Key as it stands in the text -> its sentence, for every key of the tree. */
function commentsFor(nodes: readonly Node[], parent: string, seen: Set<string>): Map<string, string> {
  const comments = new Map<string, string>();
  for (const node of nodes) {
    const path = parent === '' ? node.name : `${parent}.${node.name}`;
    const key = schemaKeys().find((one) => one.path === path);
    if (key !== undefined && !seen.has(node.name)) comments.set(node.name, key.field.doc);
    seen.add(node.name);
    for (const [name, doc] of commentsFor(node.children ?? [], path, seen)) comments.set(name, doc);
  }
  return comments;
}

/** Every key on a line of its own, with its name. */
function expanded(text: string): Array<{ line: string; key: string }> {
  return text
    .replaceAll('{', '{\n')
    .replaceAll(';', '\n')
    .replaceAll('}', '\n}')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ line, key: /^\s*([a-z-]+)/.exec(line)?.[1] ?? '' }));
}

/** An empty line before each top-level block. */
function spaced(text: string): string {
  return text.replaceAll(/\n((?:\/\/[^\n]*\n)?[a-z-]+ \{)/g, '\n\n$1').replaceAll(/\n{3,}/g, '\n\n');
}
