// Certificates for tests: an authority, what it signs, and whom it has called back. Made in a few milliseconds from keys
// on P-256 (or in some hundred, where a leaf has to be RSA), valid from yesterday.

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bits, boolean, integer, node, octets, oid, pem, sequence, set, time, utf8 } from './der.ts';

export interface Leaf {
  readonly cert: string; // PEM
  readonly key: string; // PEM
  readonly serial: number;
}

export interface LeafOptions {
  readonly names?: readonly string[]; // of hosts, or addresses of IPv4
  readonly days?: number; // from now on; negative: expired
  readonly common?: string;
  readonly usage?: 'server' | 'client';
  readonly kind?: 'ec' | 'rsa';
}

const dayMs = 24 * 60 * 60 * 1000;
const signature = sequence(oid('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256

export class Authority {
  readonly cert: string;
  readonly #key: KeyObject;
  readonly #name: Buffer;
  readonly #keyId: Buffer;
  #serial = 1;

  constructor(common = 'Test Authority') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.#name = nameOf(common);
    this.#keyId = createHash('sha1').update(spki(publicKey)).digest();
    const extensions = [
      extension('2.5.29.19', true, sequence(boolean(true))),
      extension('2.5.29.15', true, Buffer.from([0x03, 0x02, 0x01, 0x06])), // keyCertSign, cRLSign
      extension('2.5.29.14', false, octets(this.#keyId)),
    ];
    this.cert = pem('CERTIFICATE', this.#certificate(this.#name, spki(publicKey), 3650, extensions, 1));
  }

  issue(options: LeafOptions = {}): Leaf {
    const { names = ['localhost'], days = 90, common = names[0] ?? 'x', usage = 'server', kind = 'ec' } = options;
    const { privateKey, publicKey } =
      kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#serial += 1;
    const purpose = oid(usage === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2');
    const extensions = [
      extension('2.5.29.37', false, sequence(purpose)),
      extension('2.5.29.17', false, sequence(...names.map(generalName))),
      extension('2.5.29.35', false, sequence(node(0x80, this.#keyId))),
    ];
    const der = this.#certificate(nameOf(common), spki(publicKey), days, extensions, this.#serial);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    return { cert: pem('CERTIFICATE', der), key: String(key), serial: this.#serial };
  }

  /** A list of the certificates that were called back. */
  revoke(serials: readonly number[], days = 30): string {
    const now = Date.now();
    const entries = serials.map((serial) => sequence(integer(serial), time(new Date(now - dayMs))));
    const body = sequence(
      integer(1),
      signature,
      this.#name,
      time(new Date(now - dayMs)),
      time(new Date(now + days * dayMs)),
      ...(entries.length === 0 ? [] : [sequence(...entries)]),
    );
    return pem('X509 CRL', sequence(body, signature, bits(sign('sha256', body, this.#key))));
  }

  #certificate(subject: Buffer, key: Buffer, days: number, extensions: readonly Buffer[], serial: number): Buffer {
    const end = Date.now() + days * dayMs;
    const start = Math.min(Date.now(), end) - dayMs;
    const body = sequence(
      node(0xa0, integer(2)),
      integer(serial),
      signature,
      this.#name,
      sequence(time(new Date(start)), time(new Date(end))),
      subject,
      key,
      node(0xa3, sequence(...extensions)),
    );
    return sequence(body, signature, bits(sign('sha256', body, this.#key)));
  }
}

function nameOf(common: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(common))));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function extension(id: string, isCritical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octets(value));
}

function generalName(name: string): Buffer {
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return isAddress ? node(0x87, Buffer.from(name.split('.').map(Number))) : node(0x82, Buffer.from(name));
}
