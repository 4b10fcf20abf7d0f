// The built-in list `builtin-attacks`: a handful of expressions for the crudest probes of SQL injection, path traversal
// and script injection. It is a doormat and not a web application firewall: it keeps out what scanners try first, and a
// determined attacker steps over it (double encoding, comments inside keywords, bodies and headers are not looked at).
// The shaping decision: RE2 only, so every expression is linear in the text whatever the text is, and few enough false
// alarms that it can be on by default. It refuses to grow: what needs more rules needs a rule engine.

import RE2 from 're2';

export interface Attack {
  readonly id: string;
  readonly what: string;
  readonly pattern: RE2;
}

export const attacks: readonly Attack[] = [
  attack(
    'attack-sql-injection',
    'SQL injection: a quote followed by a condition',
    String.raw`['"]\s*\)*\s*(?:or|and|\|\||&&)\s+\(*\s*['"]?\w+['"]?\s*(?:=|<|>|like\b|is\b)`,
  ),
  attack('attack-sql-injection', 'SQL injection: UNION SELECT', String.raw`\bunion\s+(?:all\s+|distinct\s+)?select\b`),
  attack(
    'attack-sql-injection',
    'SQL injection: a second statement',
    String.raw`['";)\d]\s*;\s*(?:drop|truncate|alter)\s+(?:table|database)\b|;\s*(?:delete\s+from|insert\s+into|exec(?:ute)?\s+(?:xp_|sp_))`,
  ),
  attack(
    'attack-sql-injection',
    'SQL injection: a delay',
    String.raw`\b(?:pg_sleep|sleep|benchmark)\s*\(\s*\d+|\bwaitfor\s+delay\s+['"]`,
  ),
  attack('attack-path-traversal', 'path traversal: climbing out of a folder', String.raw`(?:\.\.[/\\]){2}|\x00`),
  attack(
    'attack-path-traversal',
    'path traversal: a file of the system',
    String.raw`/etc/(?:passwd|shadow)\b|/proc/self/environ\b|\\windows\\win\.ini\b`,
  ),
  attack('attack-script-injection', 'script injection: a script element', String.raw`<script[\s/>]`),
  attack(
    'attack-script-injection',
    'script injection: an event handler in a tag',
    String.raw`<[a-z][^>]*[\s/"']on[a-z]{3,}\s*=`,
  ),
  attack(
    'attack-script-injection',
    'script injection: a script URL in a tag',
    String.raw`<[a-z][^>]*(?:href|src|action)\s*=\s*["']?\s*javascript:`,
  ),
];

function attack(id: string, what: string, expression: string): Attack {
  return { id, what, pattern: new RE2(expression, 'iu') };
}
