// The keys that session tickets are locked with. All workers of a stack have one secret and derive the same key from it
// for each stretch of time, so a client resumes its session at any of them, and nobody has to tell anybody when the key
// changes. What a ticket must not outlive goes into the derivation: whom the listener trusts. It refuses to keep old
// keys: Node decrypts with one at a time, so each rotation costs every client one full handshake.

import { createHmac } from 'node:crypto';

const ticketKeyBytes = 48; // what Node takes: a name of 16, and keys of 16 and 16

/** `realm`: who made it, and whose certificates were good at the time. */
export function ticketKeyAt(secret: string, realm: string, rotationMs: number, epochMs: number): Buffer {
  const period = Math.floor(epochMs / rotationMs);
  return createHmac('sha384', secret).update(`ticket\0${period}\0${realm}`).digest().subarray(0, ticketKeyBytes);
}

/** How long the key of this moment goes on to be used. */
export function msToRotation(rotationMs: number, epochMs: number): number {
  return rotationMs - (epochMs % rotationMs);
}
