// Which changes a reply gets: those of the route, made once; with what agents said on top, only for this exchange.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../proxy/exchange.ts';
import { editOfRules, type Mutation } from '../../../proxy/http1/header-edit.ts';
import { replyEdit } from '../../../proxy/reply/reply-edit.ts';

const rules = { set: { 'X-A': '1' }, add: {}, remove: ['X-B'] };
const route = { responseEdit: editOfRules(rules), config: { policies: { responseHeaders: rules } } };

function editFor(responseMutations: readonly Mutation[], of?: object) {
  return replyEdit({ route: of, responseMutations } as unknown as Exchange);
}

test("without agents it is the route's own, and none where there is no route", () => {
  assert.equal(editFor([], route), route.responseEdit);
  assert.equal(editFor([]), undefined);
  assert.equal(editFor([], { ...route, responseEdit: undefined }), undefined);
});

test('what agents said comes first, the route has the last word', () => {
  const mutations = [
    { op: 'set', name: 'X-C', value: '3' },
    { op: 'set', name: 'X-B', value: 'no' },
  ] as const;
  const edit = editFor(mutations, route);
  assert.equal(edit?.lines, 'X-C: 3\r\nX-A: 1\r\n');
  assert.equal(edit?.dropsName('x-b'), true);
});
