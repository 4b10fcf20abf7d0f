// The chaos agent: makes the faults that an operator wants to see handled, for a share of the requests and a limited
// time. The shaping decision: it is an agent like any other, so what it does to the proxy (no answer, a failing call, a
// process that ends) is what a broken agent does. It refuses to be forgotten: it ends by itself, and says so.

import { setTimeout as sleep } from 'node:timers/promises';
import { allow, block, serveAgent } from '#agent';
import { chaosLimits } from '#config/limits';
import { createLogger } from '#config/log';
import type { AgentReply } from '#protocol/message';
import { type Chaos, readChaos } from './faults.ts';
import { type Plan, planFor } from './plan.ts';

const log = createLogger('chaos');
let chaos: Chaos | undefined;
let takenMs = 0;
let delayed = 0;
let expiry: NodeJS.Timeout | undefined;

process.exitCode = await serveAgent({
  name: 'chaos',
  onConfigure: (config) => {
    const reading = readChaos(config);
    if (!reading.ok) return reading.problems;
    chaos = reading.chaos;
    takenMs = performance.now();
    clearTimeout(expiry);
    expiry = setTimeout(() => log.warn('agent-chaos', { state: 'ended' }), chaos.lifetimeMs).unref();
    log.warn('agent-chaos', { state: 'begun', faults: chaos.faults.length, endsInMs: chaos.lifetimeMs });
    return [];
  },
  onRequestHeaders: (event, call) => {
    if (chaos === undefined) return allow();
    const plan = planFor(chaos, event, performance.now() - takenMs, Math.random);
    if (plan.delayMs === 0) return act(plan);
    if (delayed >= chaosLimits.delayedMax) return allow();
    return actLater(plan, call.signal);
  },
});

async function actLater(plan: Plan, signal: AbortSignal): Promise<AgentReply> {
  delayed += 1;
  try {
    await sleep(plan.delayMs, undefined, { signal });
  } catch {
    return allow(); // the proxy waits no longer: nobody reads this
  } finally {
    delayed -= 1;
  }
  return act(plan);
}

function act({ then, status }: Plan): AgentReply | Promise<AgentReply> {
  switch (then) {
    case undefined:
      return allow();
    case 'error':
      return block(status, { reason: 'chaos', ruleId: 'chaos-error' });
    case 'fault':
      throw new Error('chaos: this call fails');
    case 'hang':
      return new Promise(() => undefined); // the proxy's deadline ends it, and the host's own in the end
    case 'crash':
      log.warn('agent-chaos', { state: 'crash' });
      process.exit(1);
  }
}
