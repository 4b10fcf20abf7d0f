// As much of DER (ITU-T X.690) as certificates and lists of revoked ones need: tests make their own, so that no program
// has to be there and no private key lies in the tree.

export function node(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

export const sequence = (...parts: readonly Uint8Array[]) => node(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]) => node(0x31, ...parts);
export const octets = (content: Uint8Array) => node(0x04, content);
export const bits = (content: Uint8Array) => node(0x03, Buffer.from([0]), content);
export const boolean = (value: boolean) => node(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (text: string) => node(0x0c, Buffer.from(text));

export function integer(value: number): Buffer {
  const bytes = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0);
  return node(0x02, Buffer.from(bytes));
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  const bytes = [40 * first + second];
  for (const one of others) {
    const septets = [one & 0x7f];
    for (let rest = one >> 7; rest > 0; rest >>= 7) septets.unshift(0x80 | (rest & 0x7f));
    bytes.push(...septets);
  }
  return node(0x06, Buffer.from(bytes));
}

/** UTCTime: until 2049. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return node(0x17, Buffer.from(`${digits}Z`));
}

export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
