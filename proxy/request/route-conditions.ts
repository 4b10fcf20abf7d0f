// What a route asks of a request beyond host, path and method: conditions that are tested one by one on the few routes
// that host and path have found. Each is an object with one question, `holds`, made when the table is; a route without
// conditions has none to ask. They read the request as it was understood and keep nothing of it.

import RE2 from 're2';
import { NetworkSet, parseNetwork } from '#config/network';
import { type Alternative, isUnderAny, type Matches } from '#config/route-order';
import { equalsLower } from '../http1/bytes.ts';
import type { HeaderLines } from '../http1/header-lines.ts';
import { someParameter } from './query-params.ts';

/** What a request is matched by; an exchange is one. */
export interface RoutedRequest {
  readonly host: string; // in lower case, without port
  readonly path: string; // normalised
  readonly target: string; // with the query
  readonly head: { readonly method: string; readonly lines: HeaderLines };
  readonly sender: { readonly ip: string; readonly scheme: string };
}

export interface Condition {
  holds(request: RoutedRequest): boolean;
}

/** What an alternative still has to ask once its host and path have been found. */
export function conditionsOf({ route, kind, hostKind }: Alternative): readonly Condition[] {
  const { header, queryParam, source, scheme, pathPrefix, hostRegex } = route.config.matches;
  return [
    ...(kind === 'regex' && pathPrefix.length > 0 ? [new PrefixCondition(pathPrefix)] : []),
    ...(hostKind !== 'regex' && hostRegex.length > 0 ? [new HostCondition(hostRegex)] : []),
    ...byName(header, (name) => name.toLowerCase()).map(([name, values]) => new HeaderCondition(name, values)),
    ...byName(queryParam, (name) => name).map(([name, values]) => new QueryCondition(name, values)),
    ...(source.length > 0 ? [new SourceCondition(source)] : []),
    ...(scheme.length > 0 ? [new SchemeCondition(scheme)] : []),
  ];
}

class PrefixCondition implements Condition {
  readonly #prefixes: readonly string[];

  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes;
  }

  holds({ path }: RoutedRequest): boolean {
    return isUnderAny(path, this.#prefixes);
  }
}

class HostCondition implements Condition {
  readonly #patterns: readonly RE2[];

  constructor(expressions: readonly string[]) {
    this.#patterns = expressions.map((one) => new RE2(one, 'u'));
  }

  holds({ host }: RoutedRequest): boolean {
    return this.#patterns.some((pattern) => pattern.test(host));
  }
}

export class HeaderCondition implements Condition {
  readonly name: Buffer; // in lower case
  readonly values: Values;

  constructor(name: string, values: Values) {
    this.name = Buffer.from(name, 'latin1');
    this.values = values;
  }

  /** Any line of the name will do. */
  holds({ head: { lines } }: RoutedRequest): boolean {
    for (let index = 0; index < lines.count; index += 1) {
      if (!equalsLower(lines.bytes, lines.nameStart(index), lines.nameEnd(index), this.name)) continue;
      if (this.values.isAny || this.values.has(lines.value(index))) return true;
    }
    return false;
  }
}

class QueryCondition implements Condition {
  readonly #name: string;
  readonly #values: Values;

  constructor(name: string, values: Values) {
    this.#name = name;
    this.#values = values;
  }

  holds({ target }: RoutedRequest): boolean {
    return someParameter(target, this.#name, (value) => this.#values.has(value));
  }
}

class SourceCondition implements Condition {
  readonly #networks: NetworkSet;

  constructor(written: readonly string[]) {
    this.#networks = new NetworkSet(written.map(parseNetwork).filter((one) => typeof one !== 'string'));
  }

  holds({ sender }: RoutedRequest): boolean {
    return this.#networks.has(sender.ip);
  }
}

class SchemeCondition implements Condition {
  readonly #schemes: readonly string[];

  constructor(schemes: readonly string[]) {
    this.#schemes = schemes;
  }

  holds({ sender }: RoutedRequest): boolean {
    return this.#schemes.includes(sender.scheme);
  }
}

type Lines = Matches['header'];

/** The values that lines of one name allow, together. */
export class Values {
  readonly isAny: boolean; // that it is there is enough
  readonly exact: ReadonlySet<string>;
  readonly #patterns: readonly RE2[];

  constructor(lines: Lines) {
    this.isAny = lines.some(({ value, regex }) => value.length === 0 && regex === undefined);
    this.exact = new Set(lines.flatMap(({ value }) => value));
    this.#patterns = lines.flatMap(({ regex }) => (regex === undefined ? [] : [new RE2(regex, 'u')]));
  }

  /** True if there is nothing to try: every value that holds is in `exact`. */
  get isExact(): boolean {
    return !this.isAny && this.#patterns.length === 0;
  }

  has(value: string): boolean {
    return this.isAny || this.exact.has(value) || this.#patterns.some((pattern) => pattern.test(value));
  }
}

function byName(lines: Lines, folded: (name: string) => string): Array<readonly [name: string, values: Values]> {
  const grouped = Map.groupBy(lines, ({ name }) => folded(name));
  return [...grouped].map(([name, ofName]) => [name, new Values(ofName)]);
}
