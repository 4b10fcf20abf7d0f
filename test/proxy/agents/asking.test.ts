// Asking in the turn in which answers are read: what is told, when, and what a mistake or the end of the exchange does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainAllow } from '#protocol/message';
import { Asking, ask } from '../../../proxy/agents/asking.ts';
import { Inquiry, type Stop } from '../../../proxy/agents/inquiry.ts';
import type { Group } from '../../../proxy/agents/plan.ts';
import { temporaryFolder } from '../../agents/support.ts';
import { blocked, serveV2 } from './agent-server.ts';
import { agentsOf, configOf, oneAgent, requestTo } from './support.ts';

class Noting extends Asking {
  readonly told: string[] = [];
  readonly #settled = Promise.withResolvers<string>();
  readonly #makeEvent: () => ReturnType<typeof requestTo>;

  constructor(inquiry: Inquiry, groups: readonly Group[], makeEvent = () => requestTo('/')) {
    super(inquiry, 'request-headers', groups);
    this.#makeEvent = makeEvent;
  }

  get settled(): Promise<string> {
    return this.#settled.promise;
  }

  protected override event() {
    return this.#makeEvent();
  }

  protected override onDone(stop: Stop | undefined): void {
    this.#note(stop === undefined ? 'passes' : stop.agent);
  }

  protected override onOver(): void {
    this.#note('over');
  }

  protected override onMistake(error: unknown): void {
    this.#note(String(error));
  }

  #note(what: string): void {
    this.told.push(what);
    this.#settled.resolve(what);
  }
}

const exchange = { hasPassedChallenge: () => false };

function groupsOf({ agents }: ReturnType<typeof agentsOf>): readonly Group[] {
  return agents.planFor('asked')?.groups['request-headers'] ?? [];
}

test('nobody to ask, and an agent out of reach, are told in the same turn', async () => {
  const nobody = new Noting(new Inquiry(exchange), []);
  nobody.begin();
  assert.deepEqual(nobody.told, ['passes']);
  await using folder = await temporaryFolder();
  using asking = agentsOf(oneAgent(folder.file('none.sock')));
  await asking.agents.ready();
  const unreachable = new Noting(new Inquiry(exchange), groupsOf(asking));
  unreachable.begin();
  assert.deepEqual(unreachable.told, ['a']);
});

test('a mistake while asking costs that asking', async () => {
  await using folder = await temporaryFolder();
  await using _server = await serveV2(folder.file('a.sock'), () => plainAllow);
  using asking = agentsOf(oneAgent(folder.file('a.sock')));
  await asking.agents.ready();
  const mistaken = new Noting(new Inquiry(exchange), groupsOf(asking), () => {
    throw new Error('ours');
  });
  mistaken.begin();
  assert.deepEqual(mistaken.told, ['Error: ours']);
  assert.equal(await ask(new Inquiry(exchange), askOf(groupsOf(asking))), undefined);
});

function askOf(groups: readonly Group[]) {
  return { phase: 'request-headers', groups, event: () => requestTo('/') } as const;
}

for (const parallel of [false, true]) {
  test(`the end of the exchange settles what is asked, with nothing (parallel: ${parallel})`, async () => {
    await using folder = await temporaryFolder();
    const held = Promise.withResolvers<ReturnType<typeof blocked>>();
    await using a = await serveV2(folder.file('a'), () => held.promise);
    await using b = await serveV2(folder.file('b'), () => held.promise);
    const agents = ['a', 'b'].map(
      (name) =>
        `agent "${name}" { transport { unix-socket "${folder.file(name)}" }; events "request-headers"; failure-mode "closed"; timeout-ms 60000 }`,
    );
    const filters = ['a', 'b'].map((name) => `filter "${name}" { agent "${name}"; parallel #${parallel} }`);
    using asking = agentsOf(configOf(`agents { ${agents.join('; ')} }\nfilters { ${filters.join('; ')} }`, '"a" "b"'));
    await asking.agents.ready();
    const inquiry = new Inquiry(exchange);
    const noting = new Noting(inquiry, groupsOf(asking));
    noting.begin();
    const awaited = ask(inquiry, askOf(groupsOf(asking)));
    inquiry.close();
    assert.deepEqual([await noting.settled, await awaited], ['over', undefined]);
    assert.deepEqual([inquiry.trail, noting.told.length], [[], 1]);
    held.resolve(blocked(403));
    void [a, b];
  });
}
