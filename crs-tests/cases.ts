// Reads go-ftw's tests from YAML: schema 1 and 2 as CRS writes them, and 3 with its template and payload. Every scalar is
// a string here (the failsafe schema): a header that says `1.0` or `yes` must arrive as it was written. What the schema
// does not know is a problem with its line, never skipped: a misspelt `expect_id` would make a test that cannot fail.

import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Case, CaseProblem, Expected, Input, Stage } from './case.ts';
import { expandTemplate } from './template.ts';

export interface ReadCases {
  readonly cases: readonly Case[];
  readonly problems: readonly CaseProblem[];
}

export function readCases(file: string, text: string): ReadCases {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines });
  const reader = new Reader(file, lines);
  for (const error of document.errors) reader.complain(error.pos[0], error.message.split('\n', 1)[0] ?? '');
  const root = document.contents;
  if (reader.problems.length > 0 || root === null) return { cases: [], problems: reader.problems }; // an empty file is no mistake
  return { cases: casesOf(reader, file, root), problems: reader.problems };
}

function casesOf(reader: Reader, file: string, root: Node): readonly Case[] {
  const top = reader.map(root, ['meta', 'rule_id', 'tests', 'template', 'author']);
  const ruleId = Number(reader.text(top['rule_id']) ?? /\d+/.exec(file.split('/').at(-1) ?? '')?.[0] ?? 0);
  return reader.list(top['tests']).map((node, index) => {
    const test = reader.map(node, testKeys);
    const testId = Number(reader.text(test['test_id'] ?? test['id']) ?? index + 1);
    return {
      id: `${ruleId}-${testId}`,
      ruleId,
      testId,
      file,
      description: reader.text(test['desc'] ?? test['description']) ?? reader.text(test['test_title']) ?? '',
      tags: reader.list(test['tags']).map((tag) => reader.text(tag) ?? ''),
      stages: stagesOf(reader, test, top['template'], node),
    };
  });
}

const testKeys = [
  'test_id',
  'id',
  'test_title',
  'desc',
  'description',
  'stages',
  'tags',
  'template',
  'payload',
  'output',
];

type Fields = Readonly<Record<string, Node | undefined>>;

function stagesOf(reader: Reader, test: Fields, fileTemplate: Node | undefined, at: Node): readonly Stage[] {
  const template = test['template'] ?? fileTemplate;
  if (test['stages'] === undefined && template !== undefined) return [stageFromTemplate(reader, test, template)];
  const stages = reader.list(test['stages']);
  if (stages.length === 0) reader.complain(at.range?.[0] ?? 0, 'a test without stages tests nothing');
  return stages.map((node) => {
    const outer = reader.map(node, ['stage', 'input', 'output']);
    const stage = outer['stage'] === undefined ? outer : reader.map(outer['stage'], ['input', 'output']);
    return {
      input: inputOf(reader, stage['input'], (text) => text),
      expected: expectedOf(reader, stage['output'], node),
    };
  });
}

/** Schema 3: one input for all tests of the file, with `{{ .payload }}` where each test's payload goes. */
function stageFromTemplate(reader: Reader, test: Fields, template: Node): Stage {
  const { input, output } = reader.map(template, ['input', 'output']);
  const payload = reader.text(test['payload']) ?? '';
  const fill = (text: string): string => text.replace(/\{\{\s*\.?payload\s*\}\}/gi, () => payload);
  return { input: inputOf(reader, input, fill), expected: expectedOf(reader, test['output'] ?? output, template) };
}

const inputKeys = [
  'dest_addr',
  'port',
  'protocol',
  'method',
  'uri',
  'version',
  'headers',
  'ordered_headers',
  'data',
  'encoded_data',
  'autocomplete_headers',
  'stop_magic',
  'encoded_request',
  'save_cookie',
  'follow_redirect',
  'override_empty_host_header',
  'virtual_host_mode',
];

function inputOf(reader: Reader, node: Node | undefined, fill: (text: string) => string): Input {
  const input = reader.map(node, inputKeys);
  const bytesOf = (field: Node | undefined): string | undefined => {
    const text = reader.text(field);
    return text === undefined ? undefined : utf8(fill(text));
  };
  const encodedData = reader.text(input['encoded_data']);
  const data = bytesOf(input['data']);
  const stopMagic = reader.flag(input['stop_magic']);
  for (const name of ['save_cookie', 'follow_redirect']) {
    if (reader.flag(input[name]) === true)
      reader.complain(input[name]?.range?.[0] ?? 0, `${name} is not supported: each stage stands alone`);
  }
  return {
    destination: reader.text(input['dest_addr']) ?? 'localhost',
    port: Number(reader.text(input['port']) ?? 80),
    protocol: reader.text(input['protocol']) ?? 'http',
    method: bytesOf(input['method']) ?? 'GET',
    uri: bytesOf(input['uri']) ?? '/',
    version: bytesOf(input['version']) ?? 'HTTP/1.1',
    headers: headersOf(reader, input, fill),
    data: encodedData === undefined ? data && expandTemplate(data) : fromBase64(encodedData),
    autocompletes: reader.flag(input['autocomplete_headers']) ?? (stopMagic === undefined ? true : !stopMagic),
    encodedRequest: reader.text(input['encoded_request']),
    isVirtualHost: reader.flag(input['virtual_host_mode']) === true,
    takesTargetAsHost: reader.flag(input['override_empty_host_header']) === true,
  };
}

/** go-ftw sends the map of headers sorted by name, and `ordered_headers` as they stand. */
function headersOf(reader: Reader, input: Fields, fill: (text: string) => string): Input['headers'] {
  const sorted = reader
    .entries(input['headers'])
    .map(([name, value]) => [utf8(name), utf8(fill(value))] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const ordered = reader.list(input['ordered_headers']).map((node) => {
    const { name, value } = reader.map(node, ['name', 'value']);
    return [utf8(reader.text(name) ?? ''), utf8(fill(reader.text(value) ?? ''))] as const;
  });
  return [...ordered, ...sorted];
}

const outputKeys = [
  'status',
  'response_contains',
  'log_contains',
  'no_log_contains',
  'log',
  'expect_error',
  'retry_once',
  'isolated',
];
const logKeys = ['expect_ids', 'no_expect_ids', 'match_regex', 'no_match_regex'];

function expectedOf(reader: Reader, node: Node | undefined, at: Node): Expected {
  const output = reader.map(node, outputKeys);
  const log = reader.map(output['log'], logKeys);
  const status = reader.text(output['status']);
  const expected = {
    status: status === undefined ? undefined : Number(status),
    expectsError: reader.flag(output['expect_error']),
    retriesOnce: reader.flag(output['retry_once']) === true,
    responseContains: reader.text(output['response_contains']),
    ids: numbersOf(reader, log['expect_ids']),
    absentIds: numbersOf(reader, log['no_expect_ids']),
    isIsolated: reader.flag(output['isolated']) === true,
    matches: reader.text(log['match_regex'] ?? output['log_contains']),
    matchesNot: reader.text(log['no_match_regex'] ?? output['no_log_contains']),
  };
  if (isEmpty(expected)) reader.complain(at.range?.[0] ?? 0, 'a stage that expects nothing cannot fail');
  return expected;
}

const isEmpty = ({ retriesOnce: _, isIsolated: __, ids, absentIds, ...rest }: Expected): boolean =>
  ids.length === 0 && absentIds.length === 0 && Object.values(rest).every((value) => value === undefined);

const numbersOf = (reader: Reader, node: Node | undefined): readonly number[] =>
  reader.list(node).map((item) => Number(reader.text(item)));

export const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('latin1');

/** Reads nodes and keeps what is wrong with them. */
class Reader {
  readonly problems: CaseProblem[] = [];
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  complain(offset: number, what: string): void {
    this.problems.push({ file: this.#file, line: this.#lines.linePos(offset).line, what });
  }

  map(node: Node | undefined, keys: readonly string[]): Fields {
    if (node === undefined) return {};
    const fields: Record<string, Node | undefined> = {};
    if (!isMap(node)) this.complain(node.range?.[0] ?? 0, `a mapping with ${keys.join(', ')} is expected here`);
    for (const { key, value } of isMap(node) ? node.items : []) {
      const name = isScalar(key) ? String(key.value) : '';
      if (keys.includes(name)) fields[name] = (value ?? undefined) as Node | undefined;
      else this.complain((key as Node).range?.[0] ?? 0, `'${name}' is not known here; there are ${keys.join(', ')}`);
    }
    return fields;
  }

  entries(node: Node | undefined): ReadonlyArray<readonly [string, string]> {
    if (!isMap(node)) return [];
    return node.items.map(({ key, value }) => [
      isScalar(key) ? String(key.value) : '',
      this.text((value ?? undefined) as Node | undefined) ?? '',
    ]);
  }

  list(node: Node | undefined): readonly Node[] {
    if (node === undefined) return [];
    if (isSeq(node)) return node.items as readonly Node[];
    if (!(isScalar(node) && node.value === '')) this.complain(node.range?.[0] ?? 0, 'a list is expected here');
    return [];
  }

  text(node: Node | undefined): string | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node)) return node.value === null ? '' : String(node.value);
    this.complain(node.range?.[0] ?? 0, 'a text is expected here');
    return undefined;
  }

  flag(node: Node | undefined): boolean | undefined {
    const text = this.text(node);
    if (text === undefined || text === 'true' || text === 'false')
      return text === undefined ? undefined : text === 'true';
    this.complain(node?.range?.[0] ?? 0, `'${text}' is neither true nor false`);
    return undefined;
  }
}
