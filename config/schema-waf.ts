// The part of the schema about the web application firewall: one block for the whole stack, and what a route may have of
// its own. The shaping decision: the block alone is enough, the agent that acts on it and the filter in front of every
// route come with it (waf.ts). A file of its own as the other parts; it holds entries and no effect.

import { block, choice, flag, integer, list, ms, named, optional, rulePath, secs, size, text } from './field.ts';
import { agentLimits } from './limits.ts';
import { wafAgentRanges } from './limits-waf-agent.ts';
import { failureModes } from './schema-agents.ts';
import { rotation } from './schema-logging.ts';
import { ruleIdOrRange, ruleTag, ruleTarget } from './shapes.ts';

/** Each has a file in waf-rules/presets. */
export const knownApplications = ['wordpress', 'nextcloud', 'drupal', 'phpmyadmin', 'grafana', 'gitea'] as const;

const modes = ['prevention', 'detection', 'off'] as const;

const exclusions = named(
  'exclusion',
  'Rules that are not to look at something that they are wrong about. Without `targets` they do not run at all there.',
  {
    ruleIds: list(
      'Rules by their numbers, or by ranges of them.',
      text('A number or a range.', { shape: ruleIdOrRange, example: '"942100" "942200-942299"' }),
    ),
    tags: list(
      'Rules by a tag that they carry.',
      text('A tag.', { shape: ruleTag, longest: 200, example: '"attack-xss"' }),
    ),
    path: optional(
      text('Only for requests whose path, after `.` and `..` are resolved, begins with this.', {
        shape: {
          expression: /^\/[\x21\x23-\x26\x28-\x5b\x5d-\x7e]*$/,
          words: 'begin with / and hold neither blanks nor quotes',
        },
        longest: 500,
        example: '"/editor/save"',
      }),
    ),
    targets: list(
      'What they do not look at, in the words of SecLang; without any: at nothing.',
      text('A variable.', { shape: ruleTarget, longest: 200, example: '"ARGS:html" "REQUEST_COOKIES"' }),
    ),
  },
);

/** What a route may say otherwise than the block for all. */
export const routeWaf = block('What holds for this route in place of what the block `waf` says.', {
  mode: optional(
    choice(
      '`prevention`, `detection` (rules run and block nothing), or `off`: its requests are not looked at.',
      modes,
      {
        example: '"detection"',
      },
    ),
  ),
  paranoiaLevel: optional(integer('As in `waf`.', wafAgentRanges.paranoiaLevel, { example: '2' })),
  anomalyThreshold: optional(integer('As in `waf`.', wafAgentRanges.anomalyThreshold, { example: '10' })),
  outboundThreshold: optional(integer('As in `waf`.', wafAgentRanges.outboundThreshold, { example: '8' })),
  workBudget: optional(size('As in `waf`.', wafAgentRanges.workBudget, { example: '"1GiB"' })),
  inspectRequestBody: optional(flag('Whether bodies of requests are looked at.', true, { example: '#false' })),
  exclusions,
});

export const waf = block(
  'The web application firewall. The block alone puts it in front of every route: an agent "waf" and a filter "waf" come with it. A file that has an agent with `use "waf"` itself puts it where it wants.',
  {
    mode: choice(
      '`prevention`: what the rules refuse is refused. `detection`: rules run, what they would refuse is logged. `off`: nothing runs.',
      modes,
      { fallback: 'prevention' },
    ),
    rules: list(
      'The rules: "sentinel" (ours), "crs" (the OWASP Core Rule Set that is installed), folders, files, or patterns of files, in this order. A folder that is laid out as CRS is read in its order, with `crs-setup.conf` and plugins. Without any: "sentinel".',
      rulePath('Rules.', { example: '"sentinel" "/etc/sentinel-stack/rules/*.conf"' }),
    ),
    applications: list(
      'What stands behind it: rules are not to look where these applications take what looks like an attack and is none. docs/waf.md tells what each leaves out.',
      choice('An application.', knownApplications, { example: '"wordpress"' }),
    ),
    paranoiaLevel: integer(
      'How suspicious the rules are, from 1 to 4: each level catches more and is wrong more often.',
      wafAgentRanges.paranoiaLevel,
    ),
    anomalyThreshold: integer('A request whose score reaches this is refused.', wafAgentRanges.anomalyThreshold),
    outboundThreshold: integer('A reply whose score reaches this is refused.', wafAgentRanges.outboundThreshold),
    workBudget: size(
      'How much work one exchange may cost: every byte counts each time that it is scanned, changed or searched. One that costs more is refused with 403 before the rules are through with it; in `detection` it is logged and passes.',
      wafAgentRanges.workBudget,
      { security: 'Nothing gets past the rules by being expensive, and no request keeps the firewall busy for long.' },
    ),
    bodyInspection: block('Which bodies are looked at.', {
      request: flag('Those of requests.', true),
      response: flag(
        'Those of replies, and their heads: rules against leaks run. Each reply waits for the verdict.',
        false,
      ),
      maxBytes: size('How much of one body is looked at.', wafAgentRanges.bodyBytes),
      onTooLarge: choice(
        'What happens to a longer one: "refuse" answers 413, "inspect-prefix" looks at what fits and lets the rest pass.',
        ['refuse', 'inspect-prefix'],
        { fallback: 'refuse', security: 'Padding does not carry anything past the rules.' },
      ),
    }),
    exclusions,
    canary: optional(
      block(
        'Another set of rules that judges what has been judged and decides nothing: where it would have decided otherwise is logged and counted.',
        {
          rules: list('Its rules, as in `waf`.', rulePath('Rules.', { example: '"/etc/sentinel-stack/next/"' }), {
            atLeastOne: true,
          }),
          percent: integer(
            'So many exchanges of a hundred are judged by it, too: each costs about as much again.',
            wafAgentRanges.canaryPercent,
          ),
        },
      ),
    ),
    auditLog: optional(
      block('A record of each transaction that the rules found something in.', {
        storageDir: optional(
          text(
            'A folder in which each record is a file of its own, by day and minute; `path` then has a line for each. Days beyond the last `max-files` are removed.',
            { example: '"/var/log/sentinel-stack/waf-audit/"' },
          ),
        ),
        path: text('A file to append to; it may also be a pipe.', {
          example: '"/var/log/sentinel-stack/waf-audit.log"',
        }),
        format: choice('`json`, or `native` as ModSecurity writes it.', ['json', 'native'], { fallback: 'json' }),
        parts: text('Parts of a record, by their letters in ModSecurity.', {
          fallback: 'ABIJDEFHZ',
          shape: {
            expression: /^A[B-K]*Z$/,
            words: 'begin with A, end with Z, and hold letters from B to K between them',
          },
          example: '"ABCFHZ"',
        }),
        ...rotation,
      }),
    ),
    alertLog: optional(
      block("A line for each rule that matched, in the words of Apache's error log: what fail2ban and others read.", {
        path: text('A file to append to.', { example: '"/var/log/sentinel-stack/waf-alerts.log"' }),
        ...rotation,
      }),
    ),
    recordedRequests: block(
      'What was refused, or would have been, is kept so that `waf explain`, `waf exclude` and `waf replay` can be asked about it: secrets masked, the oldest removed first.',
      {
        path: optional(
          text('An SQLite file. Without it, one in the runtime folder, which goes with that folder.', {
            example: '"/var/lib/sentinel-stack/waf-requests.db"',
          }),
        ),
        maxRequests: integer('So many are kept; 0: none.', wafAgentRanges.recordedRequests),
        maxSize: size('How large the file may get.', wafAgentRanges.recordedBytes),
        maxAgeMs: secs('Older ones are removed.', wafAgentRanges.recordedAgeMs),
        maxBodySize: size('How much of one body is kept.', wafAgentRanges.recordedBodyBytes),
        passingSampleMs: secs(
          'Of requests that pass, one in this time is kept too, for `waf replay`; 0: none.',
          wafAgentRanges.passingSampleMs,
          { example: '10' },
        ),
      },
    ),
    exclusionsFile: text(
      'A file of rules that stands before all others, relative to the configuration: what `waf exclude --apply` writes into. It need not be there.',
      { fallback: 'waf-exclusions.conf', example: '"exclusions.conf"' },
    ),
    collectionsFile: optional(
      text(
        'Where collections that outlive a request (`initcol`) are kept over restarts: written every 30 s and at the end. Without it they live in memory.',
        { example: '"/var/lib/sentinel-stack/collections"' },
      ),
    ),
    failureMode: choice(
      'What happens to a request that the firewall did not answer for: `closed` answers 503, `open` lets it pass.',
      failureModes,
      { fallback: 'closed', security: 'Whoever brings the firewall down has not got past it.' },
    ),
    timeoutMs: ms('For one answer; after that the failure mode decides.', wafAgentRanges.timeoutMs),
    instances: integer(
      'So many processes of it share the work. Rules that count over requests (`initcol`) count in each for itself.',
      agentLimits.instances,
    ),
  },
);
