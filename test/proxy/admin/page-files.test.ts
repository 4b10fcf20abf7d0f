// The page is what stands in its folder, and asks for nothing but itself: no address of elsewhere, nothing inline.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagePolicy, readPage } from '../../../proxy/admin/page-files.ts';

test('every file is there with its type', async () => {
  const page = await readPage();
  assert.deepEqual([...page.keys()], ['/', '/page.css', '/page.mjs', '/page-figures.mjs', '/icon.svg']);
  assert.equal(page.get('/page.mjs')?.type, 'text/javascript; charset=utf-8');
  for (const [path, { body }] of page) assert(body.length > 100, path);
});

test('nothing is inline and nothing comes from elsewhere', async () => {
  for (const [path, { body }] of await readPage()) {
    const text = body.toString().replaceAll('http://www.w3.org/2000/svg', '');
    assert.doesNotMatch(text, /https?:|\/\/[a-z]+\.|@import|url\(/, path);
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/, path);
  }
  const document = (await readPage()).get('/')?.body.toString() ?? '';
  assert.doesNotMatch(document, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test('the policy allows what the page needs, and no more', () => {
  assert(pagePolicy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'"));
  assert.doesNotMatch(pagePolicy, /unsafe|\*|data:/);
});
