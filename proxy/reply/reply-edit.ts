// The changes to the headers of a reply: those of the route, made once, or with what agents
// said of this exchange on top. It refuses to write.

import type { Exchange } from '../exchange.ts';
import { editOfMutations, type HeaderEdit } from '../http1/header-edit.ts';

export function replyEdit({ route, responseMutations }: Exchange): HeaderEdit | undefined {
  return responseMutations.length === 0 || route === undefined
    ? route?.responseEdit
    : editOfMutations(responseMutations, route.config.policies.responseHeaders);
}
