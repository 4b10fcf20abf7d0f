// Lines as `logs` shows them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineView } from '../../stack/line-view.ts';
import { recorder } from './recorder.ts';

const line = { at: new Date(2026, 0, 31, 14, 2, 11).getTime(), stream: 'stdout', level: 'info' } as const;

test('time, name in its column, the line in short; a new day once', () => {
  const view = new LineView(recorder(), ['waf', 'proxy/1']);
  const shown = [
    view.show({ ...line, name: 'proxy/1', text: '{"method":"GET","path":"/","status":200,"duration_ms":1}' }),
    view.show({ ...line, name: 'waf', text: 'hello\x1b[2J' }),
    view.show({
      ...line,
      name: 'stack',
      text: '{"level":"warn","event":"child-exited","child":"waf","code":1,"next_ms":200}',
    }),
    view.show({ dropped: 7 }),
  ];
  assert.equal(
    shown.join(''),
    [
      '-- 2026-01-31',
      '14:02:11 proxy/1  GET  /  200  1.0 ms',
      '14:02:11 waf      hello\ufffd[2J',
      '14:02:11 stack    waf exit 1; next try in 200 ms',
      '… 7 lines dropped: they were read too slowly',
      '',
    ].join('\n'),
  );
});
