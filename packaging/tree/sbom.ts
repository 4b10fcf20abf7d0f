// What is in an installation, for machines: CycloneDX 1.5, with every bundled package, the re2 addon and the libraries
// compiled into it, Node and the libraries compiled into that, OpenSSL before all. Without a serial number and dated by
// the edition, so that two builds of one source have the same bytes.

import type { Edition } from './manual.ts';
import type { Part } from './notices.ts';

interface Component {
  readonly type: 'library' | 'application';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly unknown[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** `nodeVersions` is `process.versions` of the Node that is in the package. */
export function sbom(
  { version, epochSecs }: Edition,
  parts: readonly Part[],
  nodeVersions: Readonly<Record<string, string>>,
): string {
  const { node = '', ...inside } = nodeVersions;
  const app: Component = component('application', 'sentinel-stack', version, `pkg:generic/sentinel-stack@${version}`);
  const nodeComponent = component('application', 'node', node, `pkg:generic/node@${node}`);
  const ofNode = Object.entries(inside)
    .filter(([name, own]) => own !== '' && !notLibraries.has(name))
    .map(([name, own]) => component('library', name, own, purlOf(name, own)));
  const packages = parts.map(packageComponent);
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { timestamp: new Date(epochSecs * 1000).toISOString(), component: app },
    components: [nodeComponent, ...ofNode, ...packages],
    dependencies: [
      { ref: app['bom-ref'], dependsOn: [nodeComponent['bom-ref'], ...packages.map((one) => one['bom-ref'])] },
      { ref: nodeComponent['bom-ref'], dependsOn: ofNode.map((one) => one['bom-ref']) },
    ],
  };
  return `${JSON.stringify(bom, undefined, 2)}\n`;
}

const notLibraries = new Set(['modules', 'napi', 'unicode', 'cldr', 'tz']); // numbers of interfaces, and data

function purlOf(name: string, version: string): string {
  return `pkg:generic/${name}@${encodeURIComponent(version)}`;
}

function component(type: Component['type'], name: string, version: string, purl: string): Component {
  return { type, 'bom-ref': purl, name, version, purl };
}

function packageComponent({ name, version, license, integrity }: Part): Component {
  const isCompiledIn = name.includes('/vendor/');
  const purl = isCompiledIn ? purlOf(name, version) : `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [algorithm, base64] = integrity?.split('-', 2) ?? [];
  const hashes =
    algorithm === 'sha512' && base64 !== undefined
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }] }
      : {};
  return { ...component('library', name, version, purl), licenses: [{ expression: license }], ...hashes };
}
