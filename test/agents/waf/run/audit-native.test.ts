// A whole record in the native format, and parts by choice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditTextOf } from '../../../../agents/waf/engine.ts';
import { run } from '../support.ts';

const text = (parts: string) =>
  auditTextOf(
    run(
      `SecRuleEngine On\nSecAuditEngine On\nSecAuditLogParts ${parts}\nSecRequestBodyAccess On\nSecComponentSignature "CRS/4"\nSecAction "id:1,phase:1,deny,msg:'m'"`,
      {
        method: 'POST',
        target: '/a?b',
        headers: [['Host', 'h']],
        body: 'xyz',
      },
    ),
    403,
    'deadbeef',
  );

test('the sections of a request that was denied', () => {
  assert.equal(
    text('ABFHKZ'),
    `--deadbeef-A--
[01/Jan/1970:00:00:00.000000 +0000] unique-1 192.0.2.1 50000 192.0.2.2 443

--deadbeef-B--
POST /a?b HTTP/1.1
Host: h
Content-Length: 3

--deadbeef-F--
HTTP/1.1 403

--deadbeef-H--
Message: Access denied with code 403 (phase 1). Unconditional match in SecAction. [file "test.conf"] [line "6"] [id "1"] [msg "m"]
Action: Intercepted (phase 1)
Stopwatch: 0 0 (- - -)
Producer: sentinel-stack; CRS/4.
Engine-Mode: "ENABLED"

--deadbeef-K--
test.conf:6 id:1

--deadbeef-Z--

`,
  );
});

test('a part that has nothing is left out; A and Z are always there', () => {
  assert.match(text('ACEIJZ')!, /^--deadbeef-A--\n[^\n]*\n\n--deadbeef-Z--\n\n$/);
});
