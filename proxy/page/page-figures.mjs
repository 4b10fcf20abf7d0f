// The arithmetic and the words of the page: rates between two looks, percentiles of buckets, numbers as people read them.
// Pure, and without the browser, so that it is tested as any other code. It refuses to touch the document.

/** Per second, between two sums; a sum that fell began anew (the stack was started again). */
export function perSecond(before, after, seconds) {
  if (!(seconds > 0)) return 0;
  return (after >= before ? after - before : after) / seconds;
}

/** Bucket by bucket what came between two looks. */
export function between(before, after) {
  const began = before === undefined || after.some((count, index) => count < (before[index] ?? 0));
  return began ? [...after] : after.map((count, index) => count - (before[index] ?? 0));
}

/**
 * The duration, in seconds, that a share of all stay under: within a bucket they are taken as spread evenly. Beyond the
 * last bound nothing is known but that it was passed. `undefined` where nothing was counted.
 */
export function percentile(bounds, counts, share) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let seen = 0;
  for (const [index, count] of counts.entries()) {
    if (seen + count >= share * all && count > 0) {
      const low = bounds[index - 1] ?? 0;
      const high = bounds[index] ?? bounds.at(-1) ?? 0;
      return low + (high - low) * ((share * all - seen) / count);
    }
    seen += count;
  }
  return bounds.at(-1);
}

export function sum(values) {
  return Object.values(values).reduce((all, one) => all + one, 0);
}

/** 0 · 0.2 · 4.7 · 12 · 1,204 */
export function rateText(rate) {
  if (rate === 0) return '0';
  if (rate < 0.05) return '<0.1';
  return rate < 10 ? rate.toFixed(1) : countText(rate);
}

export function countText(count) {
  return Math.round(count).toLocaleString('en');
}

/** 0.4 ms · 3.1 ms · 250 ms · 1.5 s */
export function durationText(seconds) {
  if (seconds === undefined) return '–';
  if (seconds >= 1) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const ms = seconds * 1000;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function bytesText(bytes) {
  if (bytes === undefined) return '–';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function shareText(share) {
  if (share === undefined) return '–';
  const percent = share * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** 41 s · 3 min · 3 h 4 min · 3 d 4 h */
export function ageText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How a process ended, in few words. */
export function exitText(exit) {
  if (exit === undefined) return '';
  if (exit.problem) return exit.problem;
  if (exit.notStarted) return `not started: ${exit.notStarted}`;
  return exit.signal ? `killed by ${exit.signal}` : `exit ${exit.code}`;
}

/** `target 10.0.0.7:80 · reason 5xx` */
export function factsText(facts) {
  const words = Object.entries(facts).flatMap(([name, value]) => {
    if (value === null || value === '' || value === undefined) return [];
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return text === '{}' || text === '[]' ? [] : [`${name.replaceAll('_', ' ')} ${text}`];
  });
  return words.join(' · ');
}

/** The points of a line over the whole width, between 0 and the highest value, in a box of 100 x 30. */
export function linePoints(values) {
  if (values.length < 2) return '';
  const most = Math.max(...values, 1e-9);
  const step = 100 / (values.length - 1);
  return values
    .map((value, index) => `${(index * step).toFixed(2)},${(28 - 26 * (value / most)).toFixed(2)}`)
    .join(' ');
}

/** What somebody who was woken up must know first, the worst first: `{ tone, text }` each. */
export function attentionOf(overview, rates) {
  const found = overview.obstacles.map((text) => ({ tone: 'bad', text: `Not ready: ${text}.` }));
  for (const { name, state, role, nextTryAt, lastExit } of overview.status.children) {
    if (state === 'ready' || role !== 'current' || overview.status.phase !== 'running') continue;
    const next = nextTryAt === undefined ? '' : `, next try in ${ageText(nextTryAt - overview.at)}`;
    const why = exitText(lastExit);
    found.push({
      tone: state === 'starting' ? 'warn' : 'bad',
      text: `${name} is ${stateWords[state] ?? state}${next}${why === '' ? '' : ` (${why})`}.`,
    });
  }
  for (const { upstream, target, healthy, breaker } of overview.targets) {
    if (healthy < 1)
      found.push({
        tone: healthy > 0 ? 'warn' : 'bad',
        text: `Target ${target} of ${upstream} is left out${healthy > 0 ? ' by some workers' : ''}.`,
      });
    if (breaker !== 'closed')
      found.push({ tone: 'warn', text: `The circuit breaker of target ${target} of ${upstream} is ${breaker}.` });
  }
  for (const { name, reachable, breaker } of overview.agents) {
    if (reachable < 1)
      found.push({ tone: 'bad', text: `Agent ${name} is out of reach${reachable > 0 ? ' of some workers' : ''}.` });
    if (breaker !== undefined && breaker !== 'closed')
      found.push({ tone: 'warn', text: `The circuit breaker of agent ${name} is ${breaker}.` });
  }
  if (rates.requests > 0 && rates.failures / rates.requests > 0.01)
    found.push({ tone: 'bad', text: `${shareText(rates.failures / rates.requests)} of all replies are 5xx.` });
  if (rates.lag > 0.1)
    found.push({ tone: 'warn', text: `A worker is busy: its event loop is up to ${durationText(rates.lag)} late.` });
  return found.toSorted((one, other) => Number(other.tone === 'bad') - Number(one.tone === 'bad'));
}

/** States of children as they are shown. */
export const stateWords = {
  ready: 'up',
  waiting: 'waiting',
  loading: 'waiting',
  starting: 'starting',
  stopping: 'draining',
  backoff: 'down, tried again',
  failed: 'failing',
  stopped: 'stopped',
};
