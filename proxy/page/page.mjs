// The page of the admin side: it listens to /v1/events, and shows what it hears. The shaping decision: everything that is
// shown follows from the looks of the last minute and one function per part of the page, and a cell is only touched when
// its text changes, so the page stays calm, and readable to whoever hears it instead of seeing it. All text is put in as
// text: what clients chose (paths, hosts) can never become markup. It refuses to change anything but itself.

import {
  ageText,
  attentionOf,
  between,
  bytesText,
  countText,
  durationText,
  exitText,
  factsText,
  linePoints,
  percentile,
  perSecond,
  rateText,
  shareText,
  stateWords,
  sum,
} from './page-figures.mjs';

const rateWindowMs = 5000;
const percentileWindowMs = 30_000;
const pastMax = 120; // points of the little lines
const pastEveryMs = 5000;
const eventsShownMax = 40;
const refusalsShownMax = 12;
const silenceMs = 6000;

const looks = []; // of the last half minute, oldest first
let past = []; // points as the supervisor keeps them (PastPoint), since ten minutes ago
let events = [];
let lastHeardAt = performance.now();
let retry;

const at = (id) => document.getElementById(id);

function connect() {
  const source = new EventSource('/v1/events');
  source.addEventListener('whole', ({ data }) => hear(JSON.parse(data), true));
  source.addEventListener('more', ({ data }) => hear(JSON.parse(data), false));
  source.addEventListener('error', () => {
    showState();
    if (source.readyState !== EventSource.CLOSED) return; // it comes back by itself
    clearTimeout(retry);
    retry = setTimeout(connect, 2000);
  });
}

function hear(overview, isWhole) {
  lastHeardAt = performance.now();
  if (isWhole) {
    looks.length = 0;
    past = overview.history;
    events = [];
  }
  looks.push(overview);
  while (looks.length > 2 && looks[1].at < overview.at - percentileWindowMs) looks.shift();
  const known = new Set(events.map(({ order }) => order));
  events = [...events, ...overview.events.filter(({ order }) => !known.has(order))].slice(-eventsShownMax);
  remember(overview);
  show(overview);
}

function remember({ at: now, traffic }) {
  if (past.length > 0 && now - past.at(-1).at < pastEveryMs) return;
  const { requests, byStatus, refusals, bytesOut, inFlight, durations } = traffic;
  const failures = byStatus['5xx'] ?? 0;
  past.push({ at: now, requests, failures, refusals: sum(refusals), bytesOut, inFlight, counts: durations.counts });
  if (past.length > pastMax) past.shift();
}

/** The latest look that is at least so old; the first one while all are younger. */
function lookBefore(now, ms) {
  return looks.findLast((look) => look.at <= now - ms) ?? looks[0];
}

/** Rates and percentiles of one line of a table, by its name. */
function measures(overview) {
  const early = lookBefore(overview.at, rateWindowMs);
  const earlier = looks[0];
  const seconds = (overview.at - early.at) / 1000;
  const find = (look, list, isSame) => (list === undefined ? look.traffic : look[list].find(isSame));
  return {
    rate: (read, list, isSame) => {
      const before = find(early, list, isSame);
      const after = find(overview, list, isSame);
      return after === undefined ? 0 : perSecond(before === undefined ? 0 : read(before), read(after), seconds);
    },
    percentile: (share, bounds, list, isSame, read = ({ durations }) => durations) => {
      const before = find(earlier, list, isSame);
      const after = find(overview, list, isSame);
      if (after === undefined || read(after) === undefined) return undefined;
      return percentile(bounds, between(before && read(before)?.counts, read(after).counts), share);
    },
  };
}

function show(overview) {
  const measured = measures(overview);
  showState();
  showAbout(overview);
  showAttention(overview, measured);
  showTiles(overview, measured);
  showProcesses(overview, measured);
  showTargets(overview, measured);
  showAgents(overview, measured);
  showRoutes(overview, measured);
  showRefusals(overview, measured);
  showEvents();
}

function showState() {
  const overview = looks.at(-1);
  const isStale = performance.now() - lastHeardAt > silenceMs;
  document.body.classList.toggle('stale', isStale);
  const [tone, text] = isStale
    ? ['bad', 'no news: connecting again …']
    : overview === undefined
      ? ['', 'connecting …']
      : overview.ready
        ? ['good', '● ready']
        : ['bad', `■ not ready: ${overview.obstacles[0] ?? ''}`];
  const state = at('state');
  setText(state, text);
  state.className = `pill ${tone}`;
  document.title = `${isStale ? '… ' : overview?.ready === false ? '■ ' : ''}sentinel-stack`;
}

function showAbout({ at: now, version, status }) {
  setText(at('version'), version);
  const parts = [`up ${ageText(now - status.startedAt)}`];
  if (status.config !== undefined) {
    const { file, sha256, loadedAt } = status.config;
    parts.push(`${file ?? 'embedded default'} · ${sha256.slice(0, 8)} · since ${clock(loadedAt)}`);
  }
  if (status.changing) parts.push(`${status.changing} under way`);
  setText(at('about'), parts.join(' · '));
}

function showAttention(overview, { rate, percentile: late }) {
  const lags = overview.workers.map(
    ({ worker }) => late(0.99, overview.lagBounds, 'workers', isWorker(worker), ({ lag }) => lag) ?? 0,
  );
  const rates = {
    requests: rate(({ requests }) => requests),
    failures: rate(({ byStatus }) => byStatus['5xx'] ?? 0),
    lag: Math.max(0, ...lags),
  };
  const found = attentionOf(overview, rates);
  const list = at('attention-list');
  keep(list, Math.max(1, found.length), () => document.createElement('li'));
  if (found.length === 0) setCell(list.children[0], { text: 'Nothing needs attention.' });
  for (const [index, { tone, text }] of found.entries())
    setCell(list.children[index], { text: `${tone === 'bad' ? '■' : '▲'} ${text}`, tone });
  at('attention').className =
    `panel ${found.length === 0 ? 'calm' : found.some(({ tone }) => tone === 'bad') ? 'bad' : 'warn'}`;
}

const isWorker = (worker) => (one) => one.worker === worker;

function showTiles(overview, { rate, percentile: within }) {
  const { traffic, bounds } = overview;
  const requests = rate((all) => all.requests);
  const refusals = rate((all) => sum(all.refusals));
  const failures = rate(({ byStatus }) => byStatus['5xx'] ?? 0);
  const share = (part) => (requests === 0 ? 'none' : `${shareText(part / requests)} of requests`);
  const tiles = [
    [
      'Requests per second',
      rateText(requests),
      `${countText(traffic.requests)} so far`,
      ratesOfPast(({ requests: all }) => all),
    ],
    ['Refused per second', rateText(refusals), share(refusals), ratesOfPast(({ refusals: all }) => all)],
    ['5xx per second', rateText(failures), share(failures), ratesOfPast(({ failures: all }) => all)],
    [
      'Duration, p99',
      durationText(within(0.99, bounds)),
      `p50 ${durationText(within(0.5, bounds))} · p95 ${durationText(within(0.95, bounds))}`,
      percentilesOfPast(bounds),
    ],
    [
      'In flight',
      countText(traffic.inFlight),
      `${amount(traffic.connections, 'connection')} · ${amount(traffic.tunnels, 'tunnel')}`,
      past.map(({ inFlight }) => inFlight),
    ],
    [
      'Sent per second',
      bytesText(rate(({ bytesOut }) => bytesOut)),
      `${bytesText(rate(({ bytesIn }) => bytesIn))} received`,
      ratesOfPast((all) => all.bytesOut),
    ],
  ];
  const list = at('tiles');
  keep(list, tiles.length, makeTile);
  for (const [index, [name, value, more, line]] of tiles.entries()) {
    const tile = list.children[index];
    const [term, shown, also, spark] = tile.children;
    setText(term, name);
    setText(shown, value);
    setText(also, more);
    setSpark(spark.firstElementChild, line);
  }
}

function amount(count, word) {
  return `${countText(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** Of each two points of the past; with the time since the last one. */
function ratesOfPast(read) {
  return past
    .slice(1)
    .map((point, index) => perSecond(read(past[index]), read(point), (point.at - past[index].at) / 1000));
}

function percentilesOfPast(bounds) {
  return past.slice(1).map((point, index) => percentile(bounds, between(past[index].counts, point.counts), 0.99) ?? 0);
}

function makeTile() {
  const tile = document.createElement('div');
  tile.className = 'tile';
  const parts = [make('dt'), make('dd', 'value'), make('dd', 'more'), make('dd')];
  parts[3].append(makeSpark());
  tile.append(...parts);
  return tile;
}

function makeSpark() {
  const space = 'http://www.w3.org/2000/svg';
  const picture = document.createElementNS(space, 'svg');
  picture.setAttribute('class', 'spark');
  picture.setAttribute('viewBox', '0 0 100 30');
  picture.setAttribute('preserveAspectRatio', 'none');
  picture.setAttribute('aria-hidden', 'true');
  picture.append(document.createElementNS(space, 'polygon'), document.createElementNS(space, 'polyline'));
  return picture;
}

function setSpark(picture, values = []) {
  const points = linePoints(values);
  picture.firstElementChild.setAttribute('points', points === '' ? '' : `0,30 ${points} 100,30`);
  picture.lastElementChild.setAttribute('points', points);
}

function showProcesses({ at: now, status, lagBounds }, { percentile: late }) {
  const rows = status.children.map((child) => {
    const worker = child.name.startsWith('proxy') ? (child.name.split('/')[1] ?? '1') : '';
    const lag = worker === '' ? undefined : late(0.99, lagBounds, 'workers', isWorker(worker), (one) => one.lag);
    const isUp = child.state === 'ready';
    return [
      { text: child.name },
      {
        text: `${marks[tone(child)]} ${roleWords[child.role] ?? stateWords[child.state] ?? child.state}`,
        tone: tone(child),
        kind: 'short',
      },
      { text: ageText(now - child.since), kind: 'number' },
      { text: countText(child.restarts ?? 0), kind: 'number' },
      { text: isUp ? shareText(child.cpuShare) : '', kind: 'number' },
      { text: isUp ? bytesText(child.memoryBytes) : '', kind: 'number' },
      { text: isUp && lag !== undefined ? durationText(lag) : '', kind: 'number wide' },
      {
        text:
          child.lastExit === undefined ? '' : `${exitText(child.lastExit)}, ${ageText(now - child.lastExit.at)} ago`,
        kind: 'wide text dim',
      },
    ];
  });
  fill('processes', rows, 'No processes.');
}

const marks = { good: '●', warn: '▲', bad: '■' };
const roleWords = { coming: 'taking over', leaving: 'draining' };

const onTheWay = new Set(['waiting', 'loading', 'starting', 'stopping']);

function tone({ state, role }) {
  if (role === 'coming' || role === 'leaving') return 'warn';
  if (state === 'ready') return 'good';
  return onTheWay.has(state) ? 'warn' : 'bad';
}

function showTargets(overview, { rate, percentile: within }) {
  const rows = overview.targets.map((line) => {
    const isSame = (one) => one.upstream === line.upstream && one.target === line.target;
    const failures = rate((one) => one.failures, 'targets', isSame);
    return [
      { text: line.upstream },
      { text: line.target, kind: 'text code' },
      healthCell(line.healthy),
      { ...breakerCell(line.breaker), kind: 'wide short' },
      { text: rateText(rate(({ attempts }) => attempts, 'targets', isSame)), kind: 'number' },
      { text: rateText(failures), kind: 'number wide', tone: failures > 0 ? 'bad' : '' },
      { text: countText(line.busy), kind: 'number wide' },
      { text: durationText(within(0.5, overview.bounds, 'targets', isSame)), kind: 'number wide' },
      { text: durationText(within(0.99, overview.bounds, 'targets', isSame)), kind: 'number' },
    ];
  });
  fill('targets', rows, 'No upstreams are configured.', overview.targetCount);
}

function healthCell(healthy) {
  if (healthy === 1) return { text: '● in', tone: 'good', kind: 'short' };
  if (healthy === 0) return { text: '■ left out', tone: 'bad', kind: 'short' };
  return { text: '▲ left out by some', tone: 'warn', kind: 'short' };
}

function breakerCell(breaker) {
  if (breaker === undefined || breaker === 'closed') return { text: 'closed', tone: '', kind: 'short' };
  return {
    text: `${breaker === 'open' ? '■' : '▲'} ${breaker}`,
    tone: breaker === 'open' ? 'bad' : 'warn',
    kind: 'short',
  };
}

function showAgents(overview, { rate, percentile: within }) {
  const rows = overview.agents.map((line) => {
    const isSame = (one) => one.name === line.name;
    const of = (read) => rateText(rate((one) => read(one) ?? 0, 'agents', isSame));
    return [
      { text: line.name },
      reachCell(line.reachable),
      { text: line.failureMode === 'closed' ? 'answers 503' : 'passes without it', kind: 'wide short' },
      breakerCell(line.breaker),
      { text: of(({ calls }) => calls), kind: 'number' },
      { text: of(({ failures }) => failures), kind: 'number wide' },
      { text: of(({ decisions }) => decisions?.block), kind: 'number' },
      { text: durationText(within(0.5, overview.agentBounds, 'agents', isSame)), kind: 'number wide' },
      { text: durationText(within(0.99, overview.agentBounds, 'agents', isSame)), kind: 'number' },
    ];
  });
  fill('agents', rows, 'No agents are configured.');
}

function reachCell(reachable) {
  if (reachable === undefined) return { text: '– not asked yet', tone: '', kind: 'short' };
  if (reachable === 1) return { text: '● up', tone: 'good', kind: 'short' };
  return reachable === 0
    ? { text: '■ out of reach', tone: 'bad', kind: 'short' }
    : { text: '▲ out of reach of some', tone: 'warn', kind: 'short' };
}

function showRoutes(overview, { rate, percentile: within }) {
  const rows = overview.routes.map((line) => {
    const isSame = (one) => one.name === line.name;
    const failures = rate((one) => one.failures, 'routes', isSame);
    const refusals = rate((one) => one.refusals, 'routes', isSame);
    return [
      line.name === '' ? { text: 'no route', tone: 'dim' } : { text: line.name },
      { text: rateText(rate(({ requests }) => requests, 'routes', isSame)), kind: 'number' },
      { text: rateText(failures), kind: 'number', tone: failures > 0 ? 'bad' : '' },
      { text: rateText(refusals), kind: 'number', tone: refusals > 0 ? 'warn' : '' },
      { text: durationText(within(0.5, overview.bounds, 'routes', isSame)), kind: 'number wide' },
      { text: durationText(within(0.99, overview.bounds, 'routes', isSame)), kind: 'number' },
      { text: countText(line.requests), kind: 'number wide' },
    ];
  });
  fill('routes', rows, 'No requests yet.', overview.routeCount);
}

function showRefusals(overview, { rate }) {
  const reasons = Object.keys(overview.traffic.refusals)
    .map((reason) => [reason, rate(({ refusals }) => refusals[reason] ?? 0)])
    .filter(([, perSec]) => perSec > 0)
    .toSorted(([, one], [, other]) => other - one);
  const chips = at('reasons');
  keep(chips, reasons.length, () => make('span', 'chip'));
  for (const [index, [reason, perSec]] of reasons.entries())
    setText(chips.children[index], `${reason} ${rateText(perSec)}/s`);
  const rows = overview.refusals
    .toReversed()
    .slice(0, refusalsShownMax)
    .map((one) => [
      { text: clock(one.at), kind: 'short' },
      { text: `${one.status} ${one.reason}`, kind: 'text' },
      { text: `${one.method} ${one.host}${one.path}`.trim() || '(not readable)', kind: 'text code', title: one.detail },
      { text: one.client, kind: 'wide text code' },
      { text: one.route, kind: 'wide text' },
      { text: one.id, kind: 'wide text code dim' },
    ]);
  fill('refusals', rows, 'Nothing was refused.');
}

function showEvents() {
  const rows = events.toReversed().map(({ at: when, source, event, level, facts }) => [
    { text: clock(when), kind: 'short' },
    { text: source, kind: 'short' },
    { text: event.replaceAll('-', ' '), kind: 'text', tone: levelTones[level] ?? '', title: factsText(facts) },
    { text: factsText(facts), kind: 'wide text dim' },
  ]);
  fill('events', rows, 'No events yet.');
}

const levelTones = { warn: 'warn', error: 'bad' };

/** Rows of cells; the first of each is its head. What does not fit is said in a last row. */
function fill(id, rows, none, count = rows.length) {
  const table = at(id);
  const [body] = table.tBodies;
  const width = table.tHead.rows[0].cells.length;
  const notes =
    rows.length === 0 ? [none] : count > rows.length ? [`and ${count - rows.length} more that are quieter`] : [];
  keep(body, rows.length + notes.length, () => document.createElement('tr'));
  for (const [index, cells] of rows.entries()) {
    const row = body.children[index];
    row.className = '';
    keepCells(row, cells.length);
    for (const [column, cell] of cells.entries()) setCell(row.children[column], cell);
  }
  for (const text of notes) setNote(body.lastElementChild, text, width);
}

function keepCells(row, count) {
  if (row.children.length === count) return;
  row.replaceChildren(...Array.from({ length: count }, (_, index) => makeCell(index)));
}

function makeCell(index) {
  if (index > 0) return document.createElement('td');
  const head = document.createElement('th');
  head.scope = 'row';
  return head;
}

function setNote(row, text, width) {
  row.className = 'none';
  const cell = document.createElement('td');
  cell.colSpan = width;
  cell.textContent = text;
  if (row.textContent !== text) row.replaceChildren(cell);
}

function setCell(cell, { text, tone: coloured = '', kind = '', title = '' }) {
  setText(cell, text);
  const wanted = `${kind} ${coloured}`.trim();
  if (cell.className !== wanted) cell.className = wanted;
  if (cell.title !== title) cell.title = title;
}

/** So many children; those that are there stay, so that nothing flickers and a selection survives. */
function keep(parent, count, makeOne) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(makeOne());
}

function make(name, kind = '') {
  const element = document.createElement(name);
  element.className = kind;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function clock(ms) {
  return new Date(ms).toLocaleTimeString('en-GB');
}

setInterval(showState, 1000);
connect();
