import { tokens, type Queries } from '@asterism/persistence';
import type { Principal } from '../auth/principal.ts';

/** Sessions can be made from sessions; nobody goes on for so long. */
const LONGEST_CHAIN = 64;

/**
 * The token behind a caller: a session is whoever made it, through every session between, so that nobody is two persons by
 * signing in.
 */
export async function personOf(queries: Queries, principal: Pick<Principal, 'id' | 'kind'>): Promise<string> {
  let { id, kind } = principal;
  for (let steps = 0; kind === 'session'; steps++) {
    const session = await tokens.find(queries, id);
    const maker = session?.createdBy.replace(/^token:/, '');
    if (maker === undefined || steps === LONGEST_CHAIN) return `session:${id}`;
    const above = await tokens.find(queries, maker);
    // Its maker's row may be gone with its time: the id says who it was.
    if (above === undefined) return `token:${maker}`;
    ({ id, kind } = above);
  }
  return `token:${id}`;
}
