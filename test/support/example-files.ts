// What the example configurations look for in TLS_DIR, made for one test and gone at the end of its scope.

import { Authority } from './certificates.ts';
import { type TempFolder, tempFolder } from './temp-folder.ts';

export const authority = new Authority();
const site = authority.issue({ names: ['site.example'] });
const shop = authority.issue({ names: ['shop.example', '*.shop.example'] });

export const exampleFiles: Readonly<Record<string, string>> = {
  'site.pem': site.cert + authority.cert,
  'site.key': site.key,
  'shop.pem': shop.cert + authority.cert,
  'shop.key': shop.key,
  'clients-ca.pem': authority.cert,
  'clients.crl': authority.revoke([]),
};

export interface ExampleWorld extends Disposable {
  readonly environment: Readonly<Record<string, string>>;
}

/** An environment in which every example is good. */
export function exampleWorld(): ExampleWorld {
  const folder: TempFolder = tempFolder(exampleFiles);
  return { environment: { TLS_DIR: folder.path }, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
