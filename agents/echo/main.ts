// The reference agent: marks every request it saw with `X-Agent-Processed: true`. It shows that a chain of proxy, agent
// and upstream works, and is the shortest agent there is. It takes no configuration and refuses nothing.

import { allow, serveAgent } from '#agent';

const mark = { op: 'set', name: 'X-Agent-Processed', value: 'true' } as const;

process.exitCode = await serveAgent({ name: 'echo', onRequestHeaders: () => allow({ requestHeaders: [mark] }) });
