// The dashboard for Grafana, as a table of what is shown; `make golden` writes packaging/files/dashboard.json from it. The
// shaping decision: rows in the order in which one asks (is anybody served, how fast, by whom, at what cost), every panel a
// question with its expressions. It refuses settings of taste: Grafana's own are right.

interface Panel {
  readonly title: string;
  readonly unit: string; // as Grafana names it
  readonly shows: readonly (readonly [expression: string, legend: string])[];
}

const ofInstance = 'instance=~"$instance"';

const rows: ReadonlyArray<readonly [row: string, panels: readonly Panel[]]> = [
  [
    'Clients',
    [
      panel(
        'Requests by status',
        'reqps',
        `sum by (status) (rate(sentinel_requests_total{${ofInstance}}[$__rate_interval]))`,
        '{{status}}',
      ),
      panel(
        'Share of 5xx',
        'percentunit',
        `sum(rate(sentinel_requests_total{${ofInstance},status=~"5.."}[$__rate_interval])) / sum(rate(sentinel_requests_total{${ofInstance}}[$__rate_interval]))`,
        '5xx',
      ),
      {
        title: 'Duration',
        unit: 's',
        shows: [quantile(0.5), quantile(0.99)],
      },
      panel(
        'Refused by us',
        'reqps',
        `sum by (reason) (rate(sentinel_refusals_total{${ofInstance}}[$__rate_interval]))`,
        '{{reason}}',
      ),
      panel(
        'Requests in flight',
        'short',
        `sum by (instance) (sentinel_active_requests{${ofInstance}})`,
        '{{instance}}',
      ),
      panel(
        'Open connections',
        'short',
        `sum by (listener) (sentinel_open_connections{${ofInstance}})`,
        '{{listener}}',
      ),
    ],
  ],
  [
    'Upstreams',
    [
      panel(
        'Healthy targets',
        'percentunit',
        `min by (upstream, target) (sentinel_upstream_target_healthy{${ofInstance}})`,
        '{{upstream}} {{target}}',
      ),
      panel(
        'Failures',
        'reqps',
        `sum by (upstream, reason) (rate(sentinel_upstream_failures_total{${ofInstance}}[$__rate_interval]))`,
        '{{upstream}} {{reason}}',
      ),
      panel(
        'Latency, p99',
        's',
        `histogram_quantile(0.99, sum by (le, upstream) (rate(sentinel_upstream_latency_seconds_bucket{${ofInstance}}[$__rate_interval])))`,
        '{{upstream}}',
      ),
    ],
  ],
  [
    'Agents',
    [
      panel(
        'Decisions',
        'reqps',
        `sum by (agent, decision) (rate(sentinel_agent_decisions_total{${ofInstance}}[$__rate_interval]))`,
        '{{agent}} {{decision}}',
      ),
      panel(
        'Calls without an answer',
        'reqps',
        `sum by (agent, result) (rate(sentinel_agent_calls_total{${ofInstance},result!="ok"}[$__rate_interval]))`,
        '{{agent}} {{result}}',
      ),
      panel(
        'Latency, p99',
        's',
        `histogram_quantile(0.99, sum by (le, agent) (rate(sentinel_agent_latency_seconds_bucket{${ofInstance}}[$__rate_interval])))`,
        '{{agent}}',
      ),
    ],
  ],
  [
    'The stack',
    [
      panel('Children up', 'short', `sentinel_stack_child_up{${ofInstance}}`, '{{instance}} {{child}}'),
      panel(
        'Restarts',
        'short',
        `sum by (child, reason) (increase(sentinel_stack_child_restarts_total{${ofInstance}}[$__rate_interval]))`,
        '{{child}} {{reason}}',
      ),
      panel(
        'Processor time',
        'percentunit',
        `rate(sentinel_stack_child_cpu_seconds_total{${ofInstance}}[$__rate_interval])`,
        '{{instance}} {{child}}',
      ),
      panel('Memory', 'bytes', `sentinel_stack_child_memory_bytes{${ofInstance}}`, '{{instance}} {{child}}'),
      panel(
        'Load of the event loops',
        'percentunit',
        `rate(sentinel_worker_event_loop_busy_seconds_total{${ofInstance}}[$__rate_interval])`,
        '{{instance}} {{worker}}',
      ),
      panel(
        'Certificates end in',
        's',
        `sentinel_tls_certificate_expiry_timestamp_seconds{${ofInstance}} - time()`,
        '{{listener}} {{name}}',
      ),
    ],
  ],
];

function panel(title: string, unit: string, expression: string, legend: string): Panel {
  return { title, unit, shows: [[expression, legend]] };
}

function quantile(share: number): readonly [string, string] {
  const buckets = `sum by (le) (rate(sentinel_request_duration_seconds_bucket{${ofInstance}}[$__rate_interval]))`;
  return [`histogram_quantile(${share}, ${buckets})`, `p${share * 100}`];
}

const columns = 3;
const [width, height] = [8, 8];

export function dashboard(): string {
  const panels: unknown[] = [];
  let y = 0;
  for (const [title, members] of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      gridPos: { x: 0, y, w: 24, h: 1 },
      collapsed: false,
      panels: [],
    });
    y += 1;
    for (const [index, one] of members.entries()) {
      const place = { x: (index % columns) * width, y: y + Math.floor(index / columns) * height, w: width, h: height };
      panels.push(asGrafana(one, panels.length + 1, place));
    }
    y += Math.ceil(members.length / columns) * height;
  }
  return `${JSON.stringify({ ...head, panels }, undefined, 2)}\n`;
}

function asGrafana({ title, unit, shows }: Panel, id: number, gridPos: unknown): unknown {
  return {
    id,
    type: 'timeseries',
    title,
    gridPos,
    datasource,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: shows.map(([expr, legendFormat], index) => ({ refId: 'ABC'[index], datasource, expr, legendFormat })),
  };
}

const datasource = { type: 'prometheus', uid: '${datasource}' };

const head = {
  uid: 'sentinel-stack',
  title: 'sentinel-stack',
  tags: ['sentinel-stack'],
  schemaVersion: 39,
  refresh: '30s',
  time: { from: 'now-3h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus' },
      {
        name: 'instance',
        type: 'query',
        datasource,
        query: 'label_values(sentinel_build_info, instance)',
        refresh: 2,
        multi: true,
        includeAll: true,
        allValue: '.*',
      },
    ],
  },
};
