// The two text formats: as scrapers read them, whatever stands in a label, and as `promtool` wants them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, gauge, histogram } from '#config/figures/family';
import { figureTypes, formatAsked, formatFamilies } from '#config/figures/text';

const families = [
  histogram('sentinel_d_seconds', 'D "quoted".', ['route'], [0.5, 1], [[['r'], [1, 0, 2], 3.5]]),
  counter('sentinel_a_total', 'A\\b.', ['route', 'reason'], [[['with "quotes"\nand \\', 'x'], 3]]),
  gauge('sentinel_none', 'Nothing has it.', ['route'], []),
];

test('Prometheus: sorted by name, buckets summed up, values escaped, the empty left out', () => {
  assert.equal(
    formatFamilies(families),
    [
      '# HELP sentinel_a_total A\\\\b.',
      '# TYPE sentinel_a_total counter',
      'sentinel_a_total{route="with \\"quotes\\"\\nand \\\\",reason="x"} 3',
      '# HELP sentinel_d_seconds D "quoted".',
      '# TYPE sentinel_d_seconds histogram',
      'sentinel_d_seconds_bucket{route="r",le="0.5"} 1',
      'sentinel_d_seconds_bucket{route="r",le="1"} 1',
      'sentinel_d_seconds_bucket{route="r",le="+Inf"} 3',
      'sentinel_d_seconds_sum{route="r"} 3.5',
      'sentinel_d_seconds_count{route="r"} 3',
      '',
    ].join('\n'),
  );
});

test('OpenMetrics: counters by their bare name, whole bounds with a point, an end', () => {
  const lines = formatFamilies(families, 'openmetrics').split('\n');
  assert(lines.includes('# TYPE sentinel_a counter'));
  assert(lines.includes('# HELP sentinel_d_seconds D \\"quoted\\".'));
  assert(lines.includes('sentinel_a_total{route="with \\"quotes\\"\\nand \\\\",reason="x"} 3'));
  assert(lines.includes('sentinel_d_seconds_bucket{route="r",le="1.0"} 1'));
  assert.deepEqual(lines.slice(-2), ['# EOF', '']);
});

test('who asks for OpenMetrics gets it', () => {
  assert.equal(formatAsked('application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5'), 'openmetrics');
  assert.equal(formatAsked('text/plain'), 'prometheus');
  assert.equal(formatAsked(undefined), 'prometheus');
  assert.match(figureTypes.openmetrics, /^application\/openmetrics-text; version=1\.0\.0/);
});
