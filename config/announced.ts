// Words of the language that this version does not act on. They are refused like every unknown key (no key is accepted
// that does nothing), but a person who copied them from an example is told so instead of being told of a typing mistake.
// A word leaves this list in the change that gives it its effect; test/config/announced.test.ts refuses one that is in both.

/** Block (path in the language, '' for the top) -> its words to come. */
export const announced: Readonly<Record<string, readonly string[]>> = {
  '': ['cache', 'static', 'compression', 'geo', 'namespaces', 'rate-limits', 'plugins'],
  'routes.route': ['service-type'],
  'routes.route.policies': ['buffer-requests', 'buffer-responses'],
  'agents.agent': ['type'],
  observability: ['metrics', 'tracing'],
  'observability.logging.access-log': ['sample'],
};
